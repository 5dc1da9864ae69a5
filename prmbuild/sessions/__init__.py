"""Who may sign sessions, and which sessions do not hold any more."""
