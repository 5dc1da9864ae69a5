"""Pages, and the standing of their versions."""

from datetime import UTC, date, datetime, timedelta

import pytest

from prmbuild.authored.pages import literal_glob
from prmbuild.authored.programme import Programme
from prmbuild.authored.reading import Standing, read_page, read_status
from prmbuild.authored.resource import PageMeta, Status
from prmbuild.visibility.audience import Nobody, OneOf
from prmbuild.visibility.rules import Origin, Rule

PAGE = """\
---
title: EMEA price list
description: "Prices: all of them."
type: price-list
topics: [pricing]
language: en
status: approved
audience: {region: emea}
owner: pricing@vendor.example
publish_at: 2026-12-01T01:00:00+01:00
expire_at: "2027-01-01T00:00:00Z"
last_reviewed_on: 2026-09-30
review_in: 12w
file: assets/../assets/prices.xlsx
order: 3
---
Text
"""


def test_page(programme: Programme) -> None:
    page, findings = read_page("content/pricing/emea.md", PAGE.encode(), programme)
    assert findings == ()
    assert page is not None
    assert (page.body, page.body_line) == ("Text\n", 17)
    rule = page.meta.audience
    assert rule is not None
    assert rule.audience == OneOf("region", ("emea",))
    assert rule.origin == Origin(path="content/pricing/emea.md", line=8, column=1)
    assert rule.matches("content/pricing/emea.md")
    assert not rule.matches("content/other/content/pricing/emea.md")
    assert page.meta == PageMeta(
        title="EMEA price list",
        description="Prices: all of them.",
        type="price-list",
        topics=("pricing",),
        language="en",
        status=Status.APPROVED,
        audience=rule,
        owner="pricing@vendor.example",
        publish_at=datetime(2026, 12, 1, tzinfo=UTC),
        expire_at=datetime(2027, 1, 1, tzinfo=UTC),
        last_reviewed_on=date(2026, 9, 30),
        review_in=timedelta(weeks=12),
        file="content/pricing/assets/prices.xlsx",
        order=3,
    )


@pytest.mark.parametrize("text", ["Text\n", "---\n---\nText\n", "---\n# nothing\n---\nText\n"])
def test_a_page_need_not_say_anything(text: str, programme: Programme) -> None:
    page, findings = read_page("content/a.md", text.encode(), programme)
    assert findings == ()
    assert page is not None
    assert page.meta == PageMeta()


def test_without_a_programme_an_audience_admits_nobody() -> None:
    page, _ = read_page("content/a.md", b"---\naudience: everyone\n---\n", None)
    assert page is not None
    assert page.meta.audience is not None
    assert page.meta.audience.audience == Nobody()


def test_findings_of_front_matter_come_together(programme: Programme) -> None:
    text = "---\nlanguage: no\nstatus: done\naudience: {tier: glod}\nfile: ../../x\npublish_at: soon\ntitel: x\n---\n"
    page, findings = read_page("content/a.md", text.encode(), programme)
    assert page is None
    assert sorted(f"{found.line} {found.code}" for found in findings) == [
        "2 PRM109",
        "3 PRM305",
        "4 PRM210",
        "5 PRM309",
        "6 PRM306",
        "7 PRM301",
    ]


@pytest.mark.parametrize(
    ("path", "other"),
    [
        ("content/a b.md", "content/a  b.md"),
        ("content/[x].md", "content/x.md"),
        ("content/a*.md", "content/ab.md"),
        ("content/a?.md", "content/ab.md"),
        ("content/#a.md", "content/a.md"),
        ("content/!a.md", "content/a.md"),
        ("content/a\\b.md", "content/ab.md"),
        ("content/a.md ", "content/a.md"),
        ("!a.md", "a.md"),
    ],
)
def test_literal_glob_matches_its_own_file_only(path: str, other: str) -> None:
    rule = Rule(paths=(literal_glob(path),), audience=Nobody(), origin=Origin(path=path, line=1, column=1))
    assert rule.matches(path)
    assert not rule.matches(other)
    assert not rule.matches(f"x/{path}")


@pytest.mark.parametrize(
    ("path", "text", "standing"),
    [
        ("content/a.md", PAGE, Standing(status=Status.APPROVED, publish_at=datetime(2026, 12, 1, tzinfo=UTC))),
        ("content/a.md", "Text", Standing(status=None, publish_at=None)),
        ("content/a.md", "---\nstatus: draft\ntopcis: x\n---\n", Standing(status=Status.DRAFT, publish_at=None)),
        ("courses/a/course.yaml", "status: retired\n", Standing(status=Status.RETIRED, publish_at=None)),
        ("courses/a/course.yaml", "title: x\n", Standing(status=None, publish_at=None)),
    ],
)
def test_standing(path: str, text: str, standing: Standing) -> None:
    assert read_status(path, text.encode()) == standing


@pytest.mark.parametrize(
    "data",
    [
        b"---\nstatus: approved\n",
        b"---\nstatus: aproved\n---\n",
        b"---\nstatus: approved\nstatus: approved\n---\n",
        b"---\nstatus:\n---\n",
        b"---\nstatus: [approved]\n---\n",
        b"---\nstatus: approved\npublish_at: soon\n---\n",
        b"---\nstatus: approved\npublish_at:\n---\n",
        b"---\nstatus: approved\nx: {\n---\n",
        b"---\nstatus: approved\nx: &a b\n---\n",
        b"---\n[approved]\n---\n",
        b"---\nstatus: approved\n---\n\xff",
        b"---\nstatus: approved\n---\n\x00",
        b"---\nstatus: approved\n---\n" + b"x" * (2 * 1024 * 1024),
    ],
)
def test_what_cannot_be_made_out_has_no_standing(data: bytes) -> None:
    assert read_status("content/a.md", data) is None
