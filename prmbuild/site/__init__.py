"""The documents that differ from portal to portal: home, catalogue, courses, navigation, search data and their like.

A document depends on nothing but what its portal shows. It never depends on the portal's id, its viewers, a commit,
a clock, or anything that the portal hides.
"""
