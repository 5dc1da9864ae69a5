"""What each portal may say: everything that its visible pages, courses and assets say themselves."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from itertools import islice
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import numpy.typing as npt
from msgspec import Struct

import prmbuild
from prmbuild.audit import filled
from prmbuild.audit.arrays import distinct
from prmbuild.audit.contents import Contents
from prmbuild.audit.gather import lines_of
from prmbuild.audit.layers import between_tags, embedded, layers
from prmbuild.audit.letters import windows, words
from prmbuild.audit.needles import Numbers
from prmbuild.audit.order import shown_order
from prmbuild.audit.parts import Part, parts
from prmbuild.audit.prose import first_heading, prose, quoted
from prmbuild.audit.search import Search
from prmbuild.catalog.address import Address, address_of
from prmbuild.catalog.catalog import Course
from prmbuild.desired import Desired
from prmbuild.portals.views import SeenPage
from prmbuild.render.article import Article
from prmbuild.render.material import MATERIAL
from prmbuild.render.words import Words, spoken
from prmbuild.render.words import words as words_in
from prmbuild.search.tokens import COMMON
from prmbuild.source.snapshot import OVERRIDES

SAMPLE = 32
"""About how many lines of a page the control looks for; one of them must be found."""

_SLICE, _OVERLAP = 1 << 18, 1 << 12
"""Characters of what an asset says that are listened to at a time, and of those that are heard twice."""

_PACKAGES = ("site", "render")
_SUFFIXES = (".html", ".json", ".js")
"""Where the interface's own words stand: in templates, lists of texts and scripts."""


_RENDERED = (
    "text-align: left",
    "text-align: center",
    "text-align: right",
    "Permanent link",
    "Jump back to footnote 1 in the text",
)
"""What the Markdown renderer writes of its own accord."""


class Allowed:
    """Which portals may hold each canary. Canaries that the same portals may hold are kept as one class.

    Args:
        canaries: how many there are.
        everyone: all portals.

    Attributes:
        masks: sets of portals.
        classes: canary → the index in `masks` of the portals that may hold it.
    """

    def __init__(self, canaries: int, everyone: int) -> None:
        self._everyone = everyone
        self.masks: list[int] = [0]
        self._known = {0: 0}
        self.classes: Numbers = np.zeros(canaries, np.int32)

    @classmethod
    def restored(cls, masks: Sequence[int], classes: Numbers, everyone: int) -> "Allowed":
        """Return what is allowed as it was worked out before; masks may be the same, or 0."""
        allowed = cls(len(classes), everyone)
        anew = [allowed.class_of(mask) for mask in masks]
        allowed.classes = np.array(anew, np.int32)[classes]
        return allowed

    def class_of(self, portals: int) -> int:
        """Return the class of the canaries that just these portals may hold."""
        known = self._known.setdefault(portals, len(self.masks))
        if known == len(self.masks):
            self.masks.append(portals)
        return known

    def add(self, numbers: Numbers, portals: int) -> None:
        """Let portals hold canaries."""
        classes = self.classes[numbers]
        for old in distinct(classes).tolist():
            new = self.class_of(self.masks[old] | portals)
            if new != old:
                self.classes[numbers[classes == old]] = new

    def add_all(self, some: Iterable[tuple[Numbers, int]]) -> None:
        """Let portals hold canaries, those of the same portals at once."""
        together: dict[int, list[Numbers]] = {}
        for numbers, portals in some:
            together.setdefault(portals, []).append(numbers)
        for portals, lists in together.items():
            self.add(np.concatenate(lists), portals)

    def denied(self, numbers: Numbers, portals: int) -> Iterator[tuple[int, int]]:
        """Yield those of the canaries that some of the portals may not hold, and which portals these are."""
        classes = self.classes[numbers]
        for known in distinct(classes).tolist():
            mask = portals & ~self.masks[known]
            if mask:
                yield from ((number, mask) for number in numbers[classes == known].tolist())

    def denied_somewhere(self) -> npt.NDArray[np.bool_]:
        """Return for each canary whether some portal may not hold it."""
        denied = np.array([mask != self._everyone for mask in self.masks])
        found: npt.NDArray[np.bool_] = denied[self.classes]
        return found


class Saying(Struct, frozen=True, kw_only=True):
    """What some portals say because they show something.

    Attributes:
        texts: plain texts.
        markdown: the body of a page; None for what is no page.
        titles: of a page.
        data: the bytes of an asset; None for what is none.
    """

    texts: tuple[str, ...]
    markdown: str | None = None
    titles: tuple[str, ...] = ()
    data: bytes | None = None

    @property
    def size(self) -> int:
        """About how many characters there are to read."""
        return len(self.markdown or "") + len(self.data or b"") + sum(map(len, self.texts))


class Said(Struct, frozen=True, kw_only=True):
    """The canaries in what portals say.

    Attributes:
        spoken: all of them.
        titles: those that are a title of the page.
        sample: some of the page's lines.
    """

    spoken: Numbers
    titles: Numbers
    sample: Numbers


def said(saying: Saying, search: Search) -> Said:
    """Find the canaries in what portals say."""
    return said_each((saying,), search)[0]


def said_each(sayings: Sequence[Saying], search: Search) -> Sequence[Said]:
    """Find the canaries in each of several things that portals say."""
    told = search.spoken_each(_texts(saying) for saying in sayings)
    return [
        Said(spoken=_numbers(spoken | _whole(saying, search)), titles=titles, sample=sample)
        for saying, spoken, (titles, sample) in zip(sayings, told, _controlled(sayings, search), strict=True)
    ]


def controlled(saying: Saying, search: Search) -> tuple[Numbers, Numbers]:
    """Return the canaries that are a title of a page, and those that are one of its lines in the sample."""
    ((titles, sample),) = _controlled((saying,), search)
    return titles, sample


def _whole(saying: Saying, search: Search) -> frozenset[int]:
    """Return the canary that stands for an asset as a whole, if there is one."""
    whole = None if saying.data is None else search.whole(sha256(saying.data).hexdigest())
    return frozenset() if whole is None else frozenset((whole,))


def _controlled(sayings: Sequence[Saying], search: Search) -> Iterator[tuple[Numbers, Numbers]]:
    """Yield what `controlled` returns for each; all of them are looked up at once."""
    wanted = [(saying.titles, tuple(_sample(saying))) for saying in sayings]
    found = iter(search.exactly(text for titles, sample in wanted for text in (*titles, *sample)))
    for titles, sample in wanted:
        of_titles = frozenset().union(*islice(found, len(titles)))
        yield _numbers(of_titles), _numbers(frozenset().union(*islice(found, len(sample))))


def _sample(saying: Saying) -> Iterator[str]:
    lines = [line for _, line in prose(saying.markdown or "")]
    for line in lines[:: max(1, len(lines) // SAMPLE)]:
        for part in windows(words(line)):
            yield "".join(part)


def _numbers(found: Iterable[int]) -> Numbers:
    return np.array(sorted(found), np.int32)


def page_saying(seen: SeenPage, articles: Mapping[str, Article], vendor: str, say: Words) -> Saying:
    """Return what portals say that show a page; ``vendor`` is whose these are, ``say`` the words of their lists."""
    texts, titles = page_words(seen, articles, vendor, say)
    return Saying(texts=texts, markdown=seen.input.text, titles=titles)


def page_words(
    seen: SeenPage, articles: Mapping[str, Article], vendor: str, say: Words
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what portals say that show a page, apart from its body: plain texts, and its titles."""
    meta = seen.page.source.meta
    labels = " ".join((meta.type or "", *meta.topics))
    title = articles[seen.input.key].title
    shown = filled.titled(title, vendor)
    listed = (f"{say(badge)} {labels}" for badge in ("new.new", "new.updated")) if labels.strip() else ()
    texts = (seen.input.title or "", seen.input.description, labels, shown, *listed, *_address(seen.page.address))
    return texts, (seen.input.title or "", title)


def course_saying(course: Course, vendor: str) -> Saying:
    """Return what portals say that show a course; ``vendor`` is whose portals these are."""
    return Saying(texts=tuple(_course(course, vendor)))


def asset_saying(path: str, data: bytes) -> Saying:
    """Return what portals say that show an asset."""
    return Saying(texts=tuple(_address(address_of(path))), data=data)


def _texts(saying: Saying) -> Iterator[str]:
    yield from saying.texts
    # files are read as if these were HTML, too
    yield from (between_tags(text) for text in saying.texts if "<" in text or "&" in text)
    if saying.markdown is not None:
        yield from _markdown(saying.markdown)
    if saying.data is not None:
        yield from _read(parts(saying.data, hidden=False))


def _markdown(text: str) -> Iterator[str]:
    yield "\n".join(line for _, line in prose(text))
    shown = shown_order(text)
    if shown is not None:
        yield "\n".join(line for _, line in prose(shown))
    heading = first_heading(text)
    if heading is not None:
        yield heading[1]
    known: set[str] = set()
    for layer in layers(quoted(text)):
        lines = layer.split("\n")
        yield "\n".join(line for line in lines if line not in known)
        known.update(lines)
        yield from (part.text for data in embedded(layer) for part in parts(data))


def _course(course: Course, vendor: str) -> Iterator[str]:
    source = course.source
    yield source.title
    yield filled.titled(source.title, vendor)
    yield from (f"{say('page.course')} {source.title}" for say in spoken())
    yield source.description
    yield " ".join(source.topics)
    yield from _address(course.address)
    if course.quiz is not None:
        quiz = words_in(source.language)("course.quiz.title", source.title)
        yield quiz
        yield filled.titled(quiz, vendor)
        yield from _address(address_of(course.quiz.path))
        for question in course.quiz.questions:
            yield question.id
            yield question.question
            yield from (option.text for option in question.options)


def _address(address: Address) -> Iterator[str]:
    yield unquote(address.url)
    yield address.file


def _read(opened: Iterable[Part]) -> Iterator[str]:
    for part in opened:
        if part.read:
            lines = "\n".join(line for _, line in lines_of(part.text))
            for text in dict.fromkeys((part.text, lines)):
                yield from _slices(text)


def _slices(text: str) -> Iterator[str]:
    """Yield a text; a long one in slices that overlap and end between words, as each is looked into by itself."""
    start = 0
    while len(text) - start > _SLICE + _OVERLAP:
        end = _between_words(text, start + _SLICE)
        yield text[start : _between_words(text, end + _OVERLAP)]
        start = end
    yield text[start:]


def _between_words(text: str, place: int) -> int:
    marks = [found for mark in "\n " if (found := text.find(mark, place, place + _OVERLAP)) >= 0]
    return min(marks, default=place)


def baseline(state: Desired, contents: Contents) -> Iterator[str]:
    """Yield what every portal may say: the interface's words, and what the programme's look shows to everyone."""
    settings = state.catalog.programme.settings
    yield from _RENDERED
    for key, value in (("vendor", settings.vendor), ("portal_url", settings.portal_url)):
        yield value
        yield f"{key}: {value}"  # the line of prm.yaml, which tells no more than the value
    yield from own_words()
    yield from filled.texts(state.site.name)
    yield from state.engine.toolchain.static_files()
    snapshot = state.catalog.snapshot
    for path, file in snapshot.files.items():
        if path.startswith(f"{OVERRIDES}/") and file.regular:
            yield path.removeprefix(f"{OVERRIDES}/")
            yield from _read(contents.parts(file.blob))


@lru_cache(maxsize=1)
def own_words() -> tuple[str, ...]:
    """Return the interface's words: its templates, lists of texts and scripts, and what search data list of them."""
    package = Path(prmbuild.__file__).parent
    files = [path for folder in _PACKAGES for path in sorted((package / folder).rglob("*"))]
    files += sorted((MATERIAL / "partials").rglob("*.html")) + sorted(MATERIAL.glob("*.html"))
    files = [path for path in files if path.suffix in _SUFFIXES and not path.name.endswith(".min.js")]
    return ("\n".join(sorted(COMMON)), *(path.read_text(encoding="utf-8") for path in files))
