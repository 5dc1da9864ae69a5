"""What a change of the programme shows to whom, and what it hides: exposure, and what readers read of it."""
