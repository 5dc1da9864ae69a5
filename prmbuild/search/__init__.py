"""Search data: each page's words taken once, joined into segments, and the segments named for a portal."""
