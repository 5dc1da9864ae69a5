"""The portals on a developer's machine: built, signed in to without a password, rebuilt on change."""
