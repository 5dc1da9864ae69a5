"""What people write, read strictly into frozen values, every problem reported at its place."""
