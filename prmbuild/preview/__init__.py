"""A page as one viewer would get it, before anybody does; and the portals that a change would change."""
