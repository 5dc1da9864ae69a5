"""What a store tells of what was published: what is live, what was deployed and when, who approved it, who saw it."""
