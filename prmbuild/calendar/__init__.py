"""What dates will do: what is published, what expires, and what is to be reviewed."""
