"""What was found out by a check before, kept in a cache under the digest of all that it depends on.

Every fact is kept by itself, and many of them once more in groups: where nothing of a group changed, one read brings
them all; where something did, only that is found out again. What a cache holds is data, checked before it is believed.
"""

import json
import sys
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import date, datetime, timedelta
from functools import cache
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from typing import Any, TypeVar

from prmbuild import codes
from prmbuild.authored.lifecycle import Lifecycle
from prmbuild.authored.resource import Status
from prmbuild.authored.yaml import Place
from prmbuild.cache import Cache
from prmbuild.check.file import FileFacts, PageFacts
from prmbuild.diagnostics import Diagnostic
from prmbuild.render.article import Article, Reference

GROUPS = 64
"""Into how many groups the facts of a kind are put; each is one read where nothing changed."""

LIBRARIES = ("Markdown", "PyYAML", "pathspec", "pydantic")
"""Distributions whose version shapes what is found, beside those of the renderer."""

_Fact = TypeVar("_Fact")


class Memory:
    """Facts found out before.

    Args:
        cache: where they are kept; None keeps nothing.
        configuration: the bytes of everything that shapes facts beside the files they are about.
    """

    def __init__(self, cache: Cache | None, configuration: Iterable[bytes]) -> None:
        self._cache = cache
        self._about = digest(_bytes(code_fingerprint()), *configuration) if cache else ""

    def recall(
        self,
        kind: str,
        wanted: Mapping[str, str],
        find_out: Callable[[Sequence[str]], Mapping[str, _Fact]],
        write: Callable[[_Fact], object],
        read: Callable[[Any], _Fact],
    ) -> Mapping[str, _Fact]:
        """Return facts by name, finding out those that are not remembered.

        Args:
            kind: what sort of facts they are.
            wanted: name → digest of all that the fact depends on beside the configuration.
            find_out: returns the facts of these names.
            write: turns a fact into what JSON can hold.
            read: turns it back; raises AttributeError, LookupError, TypeError or ValueError for what cannot be one.
        """
        if self._cache is None:
            return find_out(tuple(wanted))
        groups: dict[int, list[str]] = {}
        for name in wanted:
            groups.setdefault(zlib.crc32(_bytes(name)) % GROUPS, []).append(name)
        known: dict[str, _Fact] = {}
        incomplete: list[list[str]] = []
        together = {number: self._group_key(kind, sorted(names), wanted) for number, names in groups.items()}
        kept = self._get(together.values())
        for number, names in groups.items():
            names.sort()
            values = kept.get(together[number])
            facts = _read(dict(zip(names, values, strict=False)) if isinstance(values, list) else {}, read)
            known |= facts
            if len(facts) < len(names):
                incomplete.append(names)
        alone = {self._key(kind, name, wanted[name]): name for names in incomplete for name in names}
        known |= _read({alone[key]: value for key, value in self._get(alone).items()}, read)
        missing = [name for name in alone.values() if name not in known]
        found = find_out(missing) if missing else {}
        known |= found
        self._put({key: write(found[name]) for key, name in alone.items() if name in found})
        self._put(
            {self._group_key(kind, names, wanted): [write(known[name]) for name in names] for names in incomplete}
        )
        return known

    def _key(self, kind: str, name: str, depends: str) -> str:
        return digest(*map(_bytes, ("check", self._about, kind, name, depends)))

    def _group_key(self, kind: str, names: Iterable[str], wanted: Mapping[str, str]) -> str:
        members = (part for name in names for part in (name, wanted[name]))
        return digest(*map(_bytes, ("check group", self._about, kind, *members)))

    def _get(self, keys: Iterable[str]) -> Mapping[str, object]:
        assert self._cache is not None
        found: dict[str, object] = {}
        for key, data in self._cache.get_many(tuple(keys)).items():
            with suppress(ValueError):
                found[key] = json.loads(data)
        return found

    def _put(self, values: Mapping[str, object]) -> None:
        assert self._cache is not None
        written = {key: json.dumps(value, ensure_ascii=True, separators=(",", ":")) for key, value in values.items()}
        self._cache.put_many({key: text.encode() for key, text in written.items()})


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def digest(*parts: bytes) -> str:
    """Return the digest of byte strings, none of which can be taken for parts of two."""
    whole = sha256()
    for part in parts:
        whole.update(b"%d:" % len(part))
        whole.update(part)
    return whole.hexdigest()


@cache
def code_fingerprint() -> str:
    """Return the digest of this code and of what it is written with."""
    top = Path(__file__).parent.parent
    parts = [repr(sys.version_info[:3]), *(f"{name}={metadata.version(name)}" for name in LIBRARIES)]
    return digest(*map(_bytes, parts), *(file.read_bytes() for file in sorted(top.rglob("*.py"))))


def write_findings(found: Iterable[Diagnostic]) -> list[object]:
    """Turn findings into what JSON can hold."""
    return [[each.path, each.line, each.column, each.code, each.message, each.hint] for each in found]


def read_findings(written: Iterable[Any]) -> tuple[Diagnostic, ...]:
    """Turn what JSON held back into findings.

    Raises:
        AttributeError, LookupError, TypeError, ValueError: these are none.
    """
    return tuple(
        codes.ALL[code].at(path, message, line=line, column=column, hint=hint)
        for path, line, column, code, message, hint in written
    )


def write_file(facts: FileFacts) -> list[object]:
    """Turn a file's facts into what JSON can hold."""
    page = facts.page
    return [
        write_findings(facts.unreadable),
        write_findings(facts.others),
        page
        and [
            page.sound,
            page.status and page.status.value,
            _write_dates(page.lifecycle),
            page.file,
            page.article,
            page.body_line,
            page.title,
            page.places,
            page.links,
        ],
    ]


def read_file(written: Sequence[Any]) -> FileFacts:
    """Turn what JSON held back into a file's facts.

    Raises:
        AttributeError, LookupError, TypeError, ValueError: these are none.
    """
    unreadable, others, page = written
    return FileFacts(
        unreadable=read_findings(unreadable), others=read_findings(others), page=_read_page(*page) if page else None
    )


def write_article(article: Article | str) -> object:
    """Turn an article, or why there is none, into what JSON can hold."""
    return article if isinstance(article, str) else asdict(article) | {"anchors": sorted(article.anchors)}


def read_article(written: str | Mapping[str, Any]) -> Article | str:
    """Turn what JSON held back into an article, or why there is none.

    Raises:
        AttributeError, LookupError, TypeError, ValueError: this is neither.
    """
    if isinstance(written, str):
        return written
    references = tuple(Reference(**reference) for reference in written["references"])
    return Article(**{**written, "references": references, "anchors": frozenset(written["anchors"])})


def _read_page(
    sound: bool,
    status: str | None,
    dates: Sequence[Any],
    file: str | None,
    article: str,
    body_line: int,
    title: Sequence[int],
    places: Mapping[str, Sequence[int]],
    links: str,
) -> PageFacts:
    return PageFacts(
        sound=sound,
        status=Status(status) if status else None,
        lifecycle=_read_dates(*dates),
        file=file,
        article=article,
        body_line=body_line,
        title=Place(*title),
        places={key: Place(*value) for key, value in places.items()},
        links=links,
    )


def _write_dates(dates: Lifecycle) -> list[object]:
    return [
        dates.owner,
        dates.publish_at and dates.publish_at.isoformat(),
        dates.expire_at and dates.expire_at.isoformat(),
        dates.last_reviewed_on and dates.last_reviewed_on.isoformat(),
        dates.review_in and dates.review_in.days,
    ]


def _read_dates(
    owner: str | None,
    publish_at: str | None,
    expire_at: str | None,
    last_reviewed_on: str | None,
    review_in: int | None,
) -> Lifecycle:
    return Lifecycle(
        owner=owner,
        publish_at=datetime.fromisoformat(publish_at) if publish_at else None,
        expire_at=datetime.fromisoformat(expire_at) if expire_at else None,
        last_reviewed_on=date.fromisoformat(last_reviewed_on) if last_reviewed_on else None,
        review_in=timedelta(days=review_in) if review_in else None,
    )


def _read(kept: Mapping[str, Any], read: Callable[[Any], _Fact]) -> dict[str, _Fact]:
    found = {}
    for name, value in kept.items():
        if value is not None:
            try:
                found[name] = read(value)
            except (AttributeError, LookupError, TypeError, ValueError):
                continue
    return found
