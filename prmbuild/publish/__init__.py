"""From built portals to live ones: planned, applied in one turn, provable, and undone as easily."""
