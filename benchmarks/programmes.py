"""Make a programme of N pages and S portals of a folder of Markdown: the handbook corpus, multiplied where it is short.

    python -m benchmarks.programmes CORPUS.tar.gz DIR --pages 2000 --portals 50

The same arguments make the same commits. Copies of the corpus are volumes (``content/vol01/``) with words, titles and
links of their own. Tiers × regions make the portals: each tier sees folders that the one below does not, each region
has a page of its own. A history of small edits follows the import.
"""

import argparse
import posixpath
import random
import re
import tarfile
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from benchmarks.handbook import PRM, with_status, without_links
from benchmarks.repository import commit, init
from benchmarks.wording import sentence, varied, vocabulary

TIERS = ("registered", "silver", "gold", "platinum", "diamond")
RESTRICTED: Mapping[str, int] = {
    "departments/sales": 1,
    "departments/marketing": 2,
    "strategy-goals": 3,
    "benefits-pay-perks": 4,
}
"""Folder of the corpus → the lowest tier that sees it, as an index into ``TIERS``."""
HIDDEN = "team"
"""The folder of the corpus that no partner sees."""

_BLOCK_EVERY = 20
_HISTORY = 20
_TITLE = re.compile(r'^title: "(.*)"$', re.MULTILINE)
_HEADING = re.compile(r"^# +(.+?) *#*$", re.MULTILINE)
_LINK = re.compile(r"\[([^\[\]]*)\]\(([^)\s#]+\.md)(#[^)\s]*)?\)")
_BLOCK = re.compile(r"^/// show-to \| (\w+)-up\n(.*?)^///\n", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Programme:
    """A programme that this module made: where it is, and how many pages and portals it has."""

    root: Path
    pages: int
    portals: int

    @cached_property
    def tiers(self) -> tuple[str, ...]:
        """The tiers, lowest first."""
        return tiers_of(self.portals)

    @cached_property
    def regions(self) -> tuple[str, ...]:
        """The regions."""
        return tuple(f"r{number:03}" for number in range(self.portals // len(self.tiers)))

    def page_files(self) -> Iterator[str]:
        """Yield the path of every page, in order."""
        yield from sorted(str(path.relative_to(self.root)) for path in (self.root / "content").rglob("*.md"))

    @cached_property
    def common_page(self) -> str:
        """A page of middling size that every partner sees, without blocks: the one that is edited."""
        sizes = []
        for path in self.page_files():
            if self.lowest_tier(path) == 0 and not path.startswith("content/regions/"):
                text = (self.root / path).read_text(encoding="utf-8")
                if "/// show-to" not in text:
                    sizes.append((len(text), path))
        return sorted(sizes)[len(sizes) // 2][1]

    def lowest_tier(self, path: str) -> int | None:
        """Return the index of the lowest tier that sees a page, or None where nobody does."""
        inside = re.sub(r"^content/(vol\d+/)?", "", path)
        if inside.startswith(f"{HIDDEN}/"):
            return None
        if inside.startswith("tiers/"):
            return self.tiers.index(inside.split("/")[1])
        for folder, lowest in RESTRICTED.items():
            if inside.startswith(f"{folder}/"):
                return min(lowest, len(self.tiers) - 1)
        return 0

    def seen_by(self, tier: str, region: str) -> dict[str, str]:
        """Return what a partner of a tier and region reads, audience blocks resolved: path under content/ → Markdown.

        This is what another tool has to build for that portal. The highest tier has the portal with the most pages.
        """
        rank, seen = self.tiers.index(tier), {}

        def kept(block: re.Match[str]) -> str:
            return block[2] if self.tiers.index(block[1]) <= rank else ""

        for path in self.page_files():
            lowest, parts = self.lowest_tier(path), path.split("/")
            if lowest is not None and lowest <= rank and (parts[1] != "regions" or parts[2] == region):
                text = (self.root / path).read_text(encoding="utf-8")
                seen[path.removeprefix("content/")] = _BLOCK.sub(kept, text)
        return seen


def tiers_of(portals: int) -> tuple[str, ...]:
    """Return as many tiers as divide the number of portals, five at most."""
    return next(TIERS[:count] for count in range(len(TIERS), 0, -1) if portals % count == 0)


def make(corpus: Path, target: Path, *, pages: int, portals: int) -> Programme:
    """Make a programme.

    Args:
        corpus: a ``.tar.gz`` with a folder ``content/``.
        target: the repository's folder, made only when it is complete; where it is already, it is taken as it is.
        pages: how many Markdown files it has, those of tiers and regions among them.
        portals: how many portals it has.

    Raises:
        ValueError: there are more tiers and regions than pages.
    """
    programme = Programme(root=target, pages=pages, portals=portals)
    if target.is_dir():
        return programme
    left = pages - len(programme.regions) - len(programme.tiers) + 1
    if left < 1:
        raise ValueError(f"{portals} portals need more than {pages - left} pages, not {pages}")
    making = target.with_name(f"{target.name}.making-{random.SystemRandom().randrange(1 << 32):08x}")
    making.mkdir(parents=True)
    unfinished = Programme(root=making, pages=pages, portals=portals)
    _write_contents(unfinished, corpus, left)
    _write_rules(unfinished)
    init(making)
    commit(making, "import the handbook")
    _write_history(unfinished)
    making.rename(target)
    return programme


def _write_contents(programme: Programme, corpus: Path, count: int) -> None:
    texts, assets = _corpus(corpus)
    words, rng = vocabulary([*texts.values()]), random.Random(1)
    names, content = sorted(texts), programme.root / "content"
    volumes = -(-count // len(names))
    made = 0
    for volume in range(volumes):
        folder = f"vol{volume:02}/" if volumes > 1 else ""
        size = min(len(names), count - made)
        taken = [names[index * len(names) // size] for index in range(size)]
        left_out = frozenset(names) - frozenset(taken)
        for name in taken:
            text = _as_page(_relinked(texts[name], name, left_out, volume), name, volume, folder)
            if volume:
                head, _, body = text.partition("\n---\n")
                text = f"{head}\n---\n{varied(body, words, rng)}"
            if made % _BLOCK_EVERY == _BLOCK_EVERY - 1:
                tier = programme.tiers[min(2, len(programme.tiers) - 1)]
                text = f"{text.rstrip()}\n\n/// show-to | {tier}-up\n{sentence(words, rng, 16)}\n///\n"
            _write(content / folder / name, text.encode())
            made += 1
        for name, data in assets.items():
            _write(content / folder / name, data)
    for kind, ids in (("regions", programme.regions), ("tiers", programme.tiers[1:])):
        for each in ids:
            page = f"# {each.capitalize()} desk\n\n{sentence(words, rng, 40)}\n"
            _write(content / kind / each / "index.md", with_status(page, "approved").encode())


def _corpus(corpus: Path) -> tuple[dict[str, str], dict[str, bytes]]:
    """Return the pages as text and the other files as bytes, by their path under ``content/``."""
    texts, assets = {}, {}
    with tarfile.open(corpus) as archive:
        for member in archive:
            name, file = member.name.removeprefix("./").removeprefix("content/"), archive.extractfile(member)
            if file is None:
                continue
            data = file.read()
            if name.endswith(".md"):
                texts[name] = data.decode("utf-8").replace("\r\n", "\n")
            else:
                assets[name] = without_links(data) if name.endswith(".svg") else data
    return texts, assets


def _relinked(text: str, name: str, left_out: Set[str], volume: int) -> str:
    """Lead the links to pages that a volume leaves out to the first volume, or make text of them in the first."""

    def instead(link: re.Match[str]) -> str:
        base = "" if link[2].startswith("/") else posixpath.dirname(name)
        found = posixpath.normpath(posixpath.join(base, link[2].lstrip("/")))
        if found not in left_out:
            return link[0]
        up = "../" * (name.count("/") + 1)
        return f"[{link[1]}]({up}vol00/{found}{link[3] or ''})" if volume else link[1]

    return _LINK.sub(instead, text) if left_out else text


def _as_page(text: str, name: str, volume: int, folder: str) -> str:
    """Return an approved page; in a volume its absolute links stay in the volume, and its title names the volume."""
    text = with_status(text, "approved")
    if folder:
        text = text.replace("](/", f"](/{folder}")
        head, _, body = text.partition("\n---\n")
        title, heading = _TITLE.search(head), _HEADING.search(body)
        own = title[1] if title else re.sub(r'[`*\[\]\\"]', "", heading[1]) if heading else Path(name).stem
        head = _TITLE.sub("", head).replace("\n\n", "\n")
        text = f'{head}\ntitle: "{own}, volume {volume + 1}"\n---\n{body}'
    return text


def _write_rules(programme: Programme) -> None:
    tiers, regions = programme.tiers, programme.regions
    pairs = [(tier, region) for tier in tiers for region in regions]
    segments = "".join(
        f"  - {{id: {tier}-{region}, title: {tier} {region}, tier: {tier}, region: {region}}}\n"
        for tier, region in pairs
    )
    people = "".join(
        f"  - {{id: partner-{number:04}-{which}, name: Partner {number} {which}, segment: {tier}-{region}}}\n"
        for number, (tier, region) in enumerate(pairs)
        for which in ("a", "b")
    )
    (programme.root / "partners.yaml").write_text(
        f"dimensions:\n  tier: [{', '.join(tiers)}]\n  region: [{', '.join(regions)}]\nroles: [sales, technical]\n"
        f"segments:\n{segments}partners:\n{people}"
    )
    audiences = "".join(f"  {tier}-up: {{tier: [{', '.join(tiers[rank:])}]}}\n" for rank, tier in enumerate(tiers))
    shown = {folder: f"{tiers[min(lowest, len(tiers) - 1)]}-up" for folder, lowest in RESTRICTED.items()}
    rules = [rule(folder, audience) for folder, audience in shown.items()]
    rules.append(rule(HIDDEN, "nobody"))
    rules += [f"  - paths: [content/tiers/{tier}/**]\n    show_to: {tier}-up\n" for tier in tiers[1:]]
    rules += [f"  - paths: [content/regions/{region}/**]\n    show_to: {{region: {region}}}\n" for region in regions]
    (programme.root / "visibility.yaml").write_text(
        f"audiences:\n{audiences}rules:\n  - paths: [content/**]\n    show_to: everyone\n{''.join(rules)}"
    )
    (programme.root / "prm.yaml").write_text(PRM)


def rule(folder: str, audience: str) -> str:
    """Return the rule that shows a folder, of the corpus and of every volume, to an audience."""
    return f"  - paths: [content/{folder}/**, content/vol*/{folder}/**]\n    show_to: {audience}\n"


def _write_history(programme: Programme) -> None:
    """Commit small edits, so that what is approved has to be found in a history."""
    files = list(programme.page_files())
    for number in range(_HISTORY):
        path = files[number * len(files) // _HISTORY]
        with (programme.root / path).open("a", encoding="utf-8") as file:
            file.write(f"\nReviewed in round {number + 1}.\n")
        commit(programme.root, f"review {path}", path)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--pages", type=int, required=True)
    parser.add_argument("--portals", type=int, required=True)
    arguments = parser.parse_args()
    make(arguments.corpus, arguments.target, pages=arguments.pages, portals=arguments.portals)
