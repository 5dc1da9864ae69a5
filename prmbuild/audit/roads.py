"""Where references lead, seen from the portals: everything they point at must be in the portal that has them."""

from collections.abc import Iterable, Iterator, Mapping

from prmbuild.audit.references import LINK_SCHEMES, PRODUCT, Reference, address, resolve

_REMEMBERED = 1 << 14
"""URLs whose destinations are remembered: those of a page are asked for several times, but seldom those of another."""
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
        self._known: dict[tuple[str, str], tuple[str | None, str]] = {}

    def astray(self, references: Iterable[Reference], folder: str, portals: int) -> Iterator[tuple[str, int]]:
        """Yield what is wrong with references, and in which of the portals.

        Args:
            references: those of a file.
            folder: from `folder_of`.
            portals: those that have it there.
        """
        for reference in references:
            target, scheme = self._leads(reference.url, folder)
            if target is not None:
                lacking = portals & ~self.reached(target)
                if lacking:
                    yield f"refers to '{reference.url}', which the portal does not have", lacking
            elif scheme != "#" and not (scheme == "data" if reference.loads else scheme in LINK_SCHEMES):
                what = "would make the browser load" if reference.loads else "leads to"
                yield f"{what} '{reference.url}'", portals

    def reached(self, target: str) -> int:
        """Return the portals in which an address reaches something."""
        return _EVERYWHERE if target.startswith(PRODUCT) else self._reachable.get(target, 0)

    def targets(self, references: Iterable[Reference], folder: str) -> frozenset[str]:
        """Return the addresses in the portal that references lead to."""
        found = (self._leads(reference.url, folder)[0] for reference in references)
        return frozenset(target for target in found if target is not None)

    def _leads(self, url: str, folder: str) -> tuple[str | None, str]:
        """Return the address in the portal that a URL leads to; for one that leads out of it, its scheme."""
        known = self._known.get((url, folder))
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[url, folder] = resolve(url, folder, self._site)
        return known


def folder_of(path: str) -> str:
    """Return the folder that the references of a file are counted from; in data that is the portal's root."""
    return "" if path.endswith((".json", ".bin")) else path[: path.rfind("/") + 1]
