"""What a programme publishes: pages, courses and assets at their approved versions."""
