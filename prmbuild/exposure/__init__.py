"""What a change to a programme exposes: who gains, loses or sees changed what, and why."""
