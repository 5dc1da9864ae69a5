"""A small programme to vary."""

from collections.abc import Callable, Mapping

import pytest

from prmbuild.authored.programme import Programme
from prmbuild.authored.reading import read_programme
from prmbuild.diagnostics import Diagnostic

PARTNERS = """\
dimensions: {tier: [silver, gold], region: [emea, amer]}
roles: [sales, technical]
segments:
  - {id: gold-emea, title: Gold EMEA, tier: gold, region: emea}
  - {id: silver-amer, title: Silver Americas, tier: silver, region: amer}
partners:
  - {id: nordwind, name: Nordwind GmbH, segment: gold-emea}
  - {id: cascade, name: Cascade Inc, segment: silver-amer}
managers:
  - {id: dana, name: Dana Ruiz, email: dana@vendor.example, partners: [nordwind]}
"""
VISIBILITY = """\
audiences:
  gold-up: {tier: gold}
rules:
  - paths: [content/**]
    show_to: everyone
"""
PRM = """\
vendor: Vendor
portal_url: https://partners.vendor.example
"""

Read = Callable[..., tuple[Programme | None, tuple[Diagnostic, ...]]]


def files(changes: Mapping[str, str | bytes | None]) -> dict[str, bytes]:
    """Return the three files with changes: file stem → text, bytes, or None to leave it out."""
    texts: dict[str, str | bytes | None] = {"partners": PARTNERS, "visibility": VISIBILITY, "prm": PRM, **changes}
    return {
        f"{stem}.yaml": text.encode() if isinstance(text, str) else text
        for stem, text in texts.items()
        if text is not None
    }


@pytest.fixture
def read() -> Read:
    """Read the small programme with some files replaced."""

    def reader(**changes: str | bytes | None) -> tuple[Programme | None, tuple[Diagnostic, ...]]:
        return read_programme(files(changes))

    return reader


@pytest.fixture
def programme(read: Read) -> Programme:
    """The small programme."""
    found, findings = read()
    assert found is not None
    assert findings == ()
    return found
