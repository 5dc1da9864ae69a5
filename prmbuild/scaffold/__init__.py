"""What prmbuild writes for people to begin with."""
