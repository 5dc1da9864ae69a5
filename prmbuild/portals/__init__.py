"""Who sees the same: audience blocks, views, and the portals they make."""
