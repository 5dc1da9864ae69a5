from prmbuild.access.entries import LIVE, Edition, Location, entries, mark, release_for
from prmbuild.access.rule import prefix_of
from prmbuild.access.tokens import Session

SESSION = Session(sub="u", sid="s", partner="nordwind", role="sales", iat=1, exp=2)


def test_an_edition_is_found_again() -> None:
    edition = Edition(
        id="d1",
        releases={"gold": Location(base="aa", delta="bb", folders=("", "pricing/"))},
        portals={("nordwind", "sales"): "gold"},
    )
    found = {**entries(edition), LIVE: "d1"}
    assert prefix_of(SESSION, "", found.get) == "portals/gold/bb"
    assert prefix_of(SESSION, "pricing/", found.get) == "portals/gold/bb"
    assert prefix_of(SESSION, "pricing/emea/", found.get) == "portals/gold/aa"
    assert prefix_of(SESSION, "", entries(edition).get) is None


def test_a_base_has_every_folder() -> None:
    assert Location(base="aa").entry() == "aa"
    assert release_for("aa", "") == release_for("aa", "pricing/") == "aa"


def test_marks_are_read_where_they_begin() -> None:
    one, two = mark("one/"), mark("two/")
    joined = one + two
    assert release_for(f"aa bb {joined}", "two/") == "bb"
    assert release_for(f"aa bb {joined[4:12]}", "one/") == "aa"


def test_an_entry_that_would_mistake_a_folder_does_not_fit() -> None:
    place = Location(base="aa", delta="bb", folders=("one/",))
    assert place.fits(["", "one/", "two/"])
    seen: dict[str, str] = {}
    number = 0
    while mark(f"{number}/") not in seen:
        seen[mark(f"{number}/")] = f"{number}/"
        number += 1
    alike = Location(base="aa", delta="bb", folders=(f"{number}/",))
    assert not alike.fits([seen[mark(f"{number}/")]])


def test_an_entry_that_is_too_long_does_not_fit() -> None:
    folders = tuple(f"{number}/" for number in range(200))
    assert not Location(base="a" * 64, delta="b" * 64, folders=folders).fits(folders)
    assert Location(base="a" * 64, delta="b" * 64, folders=folders[:100]).fits(folders)
