"""Where portals are published: one small protocol, kept by a directory and by S3."""
