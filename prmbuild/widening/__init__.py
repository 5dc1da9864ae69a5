"""Whether somebody entitled approved that more partners see something."""
