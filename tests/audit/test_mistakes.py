"""Mistakes of the stages before are found, whichever of them makes one."""

from dataclasses import replace

import pytest

from prmbuild.audit.audit import audit
from prmbuild.audit.report import Kind, Leak
from prmbuild.build import build
from prmbuild.desired import Desired
from prmbuild.portals.portals import Portal
from prmbuild.progress import Silence
from prmbuild.render.article import ArticleBody
from prmbuild.render.stored import read_body
from tests.audit.conftest import GOLD_LINE, PORTAL, Subject


def portals(state: Desired) -> dict[str, Portal]:
    return {portal.id: portal for portal in state.portals}


def leaks_of(state: Desired) -> tuple[Leak, ...]:
    return audit(build(state, Silence()), state, Silence()).leaks


def kinds(leaks: tuple[Leak, ...]) -> set[Kind]:
    return {leak.kind for leak in leaks}


def test_without_a_mistake(subject: Subject) -> None:
    assert not leaks_of(subject.state)


def test_documents_made_for_another_portal(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    from prmbuild.site.documents import documents

    gold = portals(subject.state)["gold-emea"]
    monkeypatch.setattr("prmbuild.build.documents", lambda portal, *rest: documents(gold, *rest))
    leaks = leaks_of(subject.state)
    assert {Kind.TITLE, Kind.TEXT, Kind.PATH, Kind.REFERENCE} <= kinds(leaks)
    files = {leak.file.rpartition("/")[2] if leak.file.endswith(".bin") else leak.file for leak in leaks}
    assert {"pages.bin", "text-0.bin", "navigation.json", "sitemap.xml", "catalogue/index.html"} <= files


def test_links_that_stay(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prmbuild.portals.variants.leads_somewhere", lambda *_: True)
    leaks = leaks_of(subject.state)
    assert {(Kind.REFERENCE, "start/index.html"), (Kind.PATH, "start/index.html")} <= {
        (leak.kind, leak.file) for leak in leaks
    }


def test_comments_that_stay(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = portals(subject.state)[PORTAL].pages["content/start.md"]
    assert "Ask Ines" in seen.input.text
    start = subject.state.engine.body(seen.input.key)

    def leaving_comments(data: bytes) -> ArticleBody:
        body = read_body(data)
        comment = "<!-- Ask Ines before this goes out to anybody. -->" if body == start else ""
        return replace(body, safe=f"{body.safe}{comment}")

    monkeypatch.setattr("prmbuild.render.engine.read_body", leaving_comments)
    monkeypatch.setattr("prmbuild.render.variant.without_links", lambda html, allowed: html)
    leaks = leaks_of(subject.state)
    assert any("Ask Ines" in leak.excerpt and leak.file == "start/index.html" for leak in leaks)


def test_a_reader_of_the_wrong_portal(subject: Subject) -> None:
    gold, silver = (portals(subject.state)[name] for name in ("gold-emea", PORTAL))
    moved = replace(gold, viewers=(*gold.viewers, *silver.viewers))
    leaks = audit(subject.built, replace(subject.state, portals=(moved, silver)), Silence()).leaks
    found = [leak.found for leak in leaks if leak.kind is Kind.READER]
    assert "arbor/sales is a reader of 2 portals instead of one" in found
    assert any(leak.owner == "content/gold/prices.md" for leak in leaks if leak.kind is Kind.READER)


def test_a_text_that_is_for_others(subject: Subject) -> None:
    silver = portals(subject.state)[PORTAL]
    gold = portals(subject.state)["gold-emea"]
    path = "content/start.md"
    assert GOLD_LINE in gold.pages[path].input.text
    wrong = replace(silver, pages={**silver.pages, path: gold.pages[path]})
    leaks = leaks_of(replace(subject.state, portals=(gold, wrong)))
    assert {(leak.kind, leak.owner) for leak in leaks} == {(Kind.READER, path)}


def test_a_hidden_page_among_the_visible(subject: Subject) -> None:
    silver, gold = (portals(subject.state)[name] for name in (PORTAL, "gold-emea"))
    path = "content/gold/prices.md"
    wrong = replace(silver, pages=dict(sorted({**silver.pages, path: gold.pages[path]}.items())))
    leaks = leaks_of(replace(subject.state, portals=(gold, wrong)))
    assert {(leak.kind, leak.owner) for leak in leaks} == {(Kind.READER, path)}
