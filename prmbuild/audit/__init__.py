"""Proof, over every byte of every file of a built tree, that nothing is in a portal that its readers may not see.

Independent of how the portals were rendered: strings that would betray something (*canaries*) are collected from the
repository itself, and are searched for in the bytes, in whatever encoding they may stand there.
"""
