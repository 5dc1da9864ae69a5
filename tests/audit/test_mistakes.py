"""Mistakes of the stages before are found, whichever of them makes one."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace

from prmbuild.audit.audit import audit
from prmbuild.audit.inventory import SEARCH
from prmbuild.audit.report import Kind, Leak
from prmbuild.build import build
from prmbuild.desired import Desired
from prmbuild.portals.portals import Part, Portal
from prmbuild.portals.variants import Destinations
from prmbuild.progress import Progress, Silence
from prmbuild.render.engine import Engine
from prmbuild.render.variant import Variant
from prmbuild.site.documents import Document, documents
from tests.audit.conftest import GOLD_LINE, PORTAL, Subject


def portals(state: Desired) -> dict[str, Portal]:
    return {portal.id: portal for portal in state.portals}


def number_of(state: Desired, portal: str) -> int:
    return next(number for number, other in enumerate(state.portals) if other.id == portal)


def showing_what_gold_shows(state: Desired, path: str) -> Desired:
    """The state in which the portal shows a page as the one of gold partners does."""
    gold, one = 1 << number_of(state, "gold-emea"), 1 << number_of(state, PORTAL)
    seen = tuple(
        (mask | one if mask & gold else mask & ~one, page)
        for mask, page in state.shown.pages[path]
        if mask & gold or mask & ~one
    )
    pages = {**state.shown.pages, path: seen}
    every = tuple(replace(portal, pages=Part(pages, 1 << number)) for number, portal in enumerate(state.portals))
    shown = replace(state.shown, all=every, pages=pages)
    return replace(state, shown=shown, destinations=Destinations(shown, state.articles))


@pytest.fixture(autouse=True)
def other_software(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """A stage that makes a mistake is other software than that of which it is remembered what it made."""
    monkeypatch.setattr("prmbuild.build.fingerprint", lambda: request.node.name)


def leaks_of(state: Desired) -> tuple[Leak, ...]:
    return audit(build(state, Silence()), state, Silence()).leaks


def kinds(leaks: tuple[Leak, ...]) -> set[Kind]:
    return {leak.kind for leak in leaks}


def test_without_a_mistake(subject: Subject) -> None:
    assert not leaks_of(subject.state)


def test_documents_made_for_another_portal(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    gold, silver = number_of(subject.state, "gold-emea"), number_of(subject.state, PORTAL)

    def mistaken(*arguments: object) -> Iterator[Document]:
        for document in documents(*arguments):  # type: ignore[arg-type]
            everyone_with_gold = document.portals & ~(1 << silver)
            if everyone_with_gold:
                yield document._replace(portals=everyone_with_gold | (document.portals >> gold & 1) << silver)

    monkeypatch.setattr("prmbuild.build.documents", mistaken)
    leaks = leaks_of(subject.state)
    assert {Kind.TITLE, Kind.TEXT, Kind.PATH, Kind.REFERENCE} <= kinds(leaks)
    files = {leak.file for leak in leaks}
    assert {"navigation.json", "catalogue/index.html"} <= files
    assert len([file for file in files if SEARCH.fullmatch(file)]) > 1, "what pages say, and their words"


def test_links_that_stay(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    everywhere = lambda self, article: tuple(-1 if found.target else 0 for found in article.outward)  # noqa: E731
    monkeypatch.setattr(Destinations, "reach", everywhere)
    leaks = leaks_of(subject.state)
    assert {(Kind.REFERENCE, "start/index.html"), (Kind.PATH, "start/index.html")} <= {
        (leak.kind, leak.file) for leak in leaks
    }


def test_comments_that_stay(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = portals(subject.state)[PORTAL].pages["content/start.md"]
    assert "Ask Ines" in seen.input.text
    start = subject.state.engine.body(seen.input.key)
    comment = "<!-- Ask Ines before this goes out to anybody. -->"

    def leaving_comments(
        engine: Engine, variants: Mapping[str, Variant], progress: Progress
    ) -> Iterator[tuple[str, str]]:
        for key, digest in rendered(engine, variants, progress):
            if variants[key].article.key == seen.input.key:
                html = subject.state.cache.object(digest).decode().replace("</article>", f"{comment}</article>")
                yield key, subject.state.cache.put_object(html.encode())
            else:
                yield key, digest

    rendered = Engine.pages
    assert comment not in start.safe
    monkeypatch.setattr(Engine, "pages", leaving_comments)
    leaks = leaks_of(subject.state)
    assert any("Ask Ines" in leak.excerpt and leak.file == "start/index.html" for leak in leaks)


def test_a_reader_of_the_wrong_portal(subject: Subject) -> None:
    gold, silver = (portals(subject.state)[name] for name in ("gold-emea", PORTAL))
    moved = replace(gold, viewers=(*gold.viewers, *silver.viewers))
    state = subject.state
    mistaken = replace(
        state, shown=replace(state.shown, all=tuple(moved if one.id == gold.id else one for one in state.portals))
    )
    leaks = audit(subject.built, mistaken, Silence()).leaks
    found = [leak.found for leak in leaks if leak.kind is Kind.READER]
    assert "arbor/sales is a reader of 2 portals instead of one" in found
    assert any(leak.owner == "content/gold/prices.md" for leak in leaks if leak.kind is Kind.READER)


def test_a_text_that_is_for_others(subject: Subject) -> None:
    path = "content/start.md"
    assert GOLD_LINE in portals(subject.state)["gold-emea"].pages[path].input.text
    leaks = leaks_of(showing_what_gold_shows(subject.state, path))
    assert {(leak.kind, leak.owner) for leak in leaks} == {(Kind.READER, path)}


def test_a_text_that_is_for_others_after_a_clean_audit(subject: Subject, tmp_path: Path) -> None:
    path = "content/start.md"
    clean = audit(subject.built, subject.state, Silence(), memory=tmp_path / "audits")
    assert not clean.leaks and (tmp_path / "audits").is_file()
    mistaken = showing_what_gold_shows(subject.state, path)
    leaks = audit(build(mistaken, Silence()), mistaken, Silence(), memory=tmp_path / "audits").leaks
    assert {(leak.kind, leak.owner) for leak in leaks} == {(Kind.READER, path)}


def test_a_hidden_page_among_the_visible(subject: Subject) -> None:
    path = "content/gold/prices.md"
    leaks = leaks_of(showing_what_gold_shows(subject.state, path))
    assert {(leak.kind, leak.owner) for leak in leaks} == {(Kind.READER, path)}
