"""Who may see what: audiences, rules and decisions. Pure; knows nothing of files, git or pages."""
