"""Reading the programme from git objects: files at a revision, first-parent history, approved versions."""
