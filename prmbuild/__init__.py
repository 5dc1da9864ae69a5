"""prmbuild: a partner programme kept in git, published as portals that hold exactly what their readers may see."""

__version__ = "0.1.0"
