"""The steps of a pipeline, the same on GitHub, on GitLab and on a person's machine."""
