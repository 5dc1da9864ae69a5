"""Viewers are named as people name them."""

from collections.abc import Iterable

import pytest

from prmbuild.authored.programme import Evidence, Partner, Programme, Segment, Settings
from prmbuild.exposure.joint import joint
from prmbuild.exposure.naming import named
from prmbuild.visibility.rules import Origin

ROLES = ("sales", "technical")
SIZES = {
    "gold": ("Gold partners EMEA", 3),
    "silver": ("Silver partners", 2),
    "new": ("Newcomers", 8),
    "one": ("One", 1),
}


def programme() -> Programme:
    origin = Origin(path="partners.yaml", line=1, column=1)
    return Programme(
        settings=Settings(
            vendor="V", portal_url="https://v.example/", branch="main", evidence=Evidence.MERGE, approvers=(),
            publish_to=None,
        ),
        dimensions={},
        roles=ROLES,
        segments=tuple(Segment(id=name, title=title, attributes={}) for name, (title, _) in SIZES.items()),
        partners=tuple(
            Partner(id=f"{name}{number}", name=name, segment=name, attributes={}, origin=origin)
            for name, (_, size) in SIZES.items()
            for number in range(size)
        ),
        managers=(),
        audiences={},
        rules=(),
        assertions=(),
    )  # fmt: skip


def all_of(name: str, roles: Iterable[str] = ROLES) -> set[tuple[str, str]]:
    return {(f"{name}{number}", role) for number in range(SIZES[name][1]) for role in roles}


def at(partner: str) -> set[tuple[str, str]]:
    return {(partner, role) for role in ROLES}


EVERYONE = {pair for name in SIZES for pair in all_of(name)}


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        (EVERYONE, "everyone"),
        ({("gold0", "sales")}, "gold0 (sales)"),
        (at("gold0"), "gold0"),
        (all_of("gold"), "all 3 Gold partners EMEA"),
        (all_of("silver"), "both Silver partners"),
        (all_of("one"), "one0"),
        (all_of("gold") | at("new1"), "all 3 Gold partners EMEA and new1"),
        (all_of("gold", ["sales"]), "all 3 Gold partners EMEA (sales)"),
        ({pair for pair in EVERYONE if pair[1] == "technical"}, "all partners (technical)"),
        (EVERYONE - {("gold1", role) for role in ROLES}, "everyone but gold1"),
        (
            EVERYONE - {("gold1", role) for role in ROLES} - {("new0", role) for role in ROLES},
            "everyone but gold1 and new0",
        ),
        (all_of("new") - at("new7"), "new0, new1, new2, new3 and 3 more"),
        ({("gold0", "sales"), ("gold1", "technical")}, "gold0 (sales); gold1 (technical)"),
        (all_of("gold") - {("gold2", "sales")}, "gold0 and gold1; gold2 (technical)"),
    ],
)
def test_words(pairs: set[tuple[str, str]], words: str) -> None:
    viewers, _, _ = joint(programme(), programme())
    some = sum(1 << number for number, pair in enumerate(viewers.pairs) if (pair.partner, pair.role) in pairs)
    assert named(viewers, some, viewers.head) == words
