"""Keeping the edges of a store in step with it: what they have to have, whose they are, and how they change."""
