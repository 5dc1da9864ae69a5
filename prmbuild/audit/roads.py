"""Where references lead, seen from the portals: everything they point at must be in the portal that has them."""

from collections.abc import Iterable, Iterator, Mapping

from prmbuild.audit.references import LINK_SCHEMES, PRODUCT, Reference, address, resolve

_REMEMBERED = 1 << 17
_EVERYWHERE = -1
"""The set of all portals, however many there are."""


class Roads:
    """Knows what every portal has.

    Args:
        holders: path → the portals that have a file there.
        site: absolute URL of the portals.
    """

    def __init__(self, holders: Mapping[str, int], site: str) -> None:
        self._reachable = {address(path): portals for path, portals in holders.items()}
        self._site = site
        self._known: dict[tuple[str, str], tuple[int, str | None]] = {}

    def astray(self, references: Iterable[Reference], path: str, portals: int) -> Iterator[tuple[str, int]]:
        """Yield what is wrong with references, and in which of the portals.

        Args:
            references: those of a file.
            path: where it stands.
            portals: those that have it there.
        """
        # addresses in data are counted from the portal's root
        folder = "" if path.endswith((".json", ".bin")) else path[: path.rfind("/") + 1]
        for reference in references:
            reached, scheme = self._leads(reference.url, folder)
            if scheme is None:
                if portals & ~reached:
                    yield f"refers to '{reference.url}', which the portal does not have", portals & ~reached
            elif scheme != "#" and not (scheme == "data" if reference.loads else scheme in LINK_SCHEMES):
                what = "would make the browser load" if reference.loads else "leads to"
                yield f"{what} '{reference.url}'", portals

    def _leads(self, url: str, folder: str) -> tuple[int, str | None]:
        """Return the portals in which a URL reaches something; for one that leads out of them, its scheme."""
        known = self._known.get((url, folder))
        if known is None:
            target, scheme = resolve(url, folder, self._site)
            if target is None:
                known = 0, scheme
            else:
                known = _EVERYWHERE if target.startswith(PRODUCT) else self._reachable.get(target, 0), None
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[url, folder] = known
        return known
