"""Importing a folder of documentation into a programme: its pages, the files they show, and their history."""
