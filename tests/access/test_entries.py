from prmbuild.access.entries import LARGEST_STORE, LIVE, Edition, entries, too_large
from prmbuild.access.rule import prefix_of
from prmbuild.access.tokens import Session

SESSION = Session(sub="u", sid="s", partner="nordwind", role="sales", iat=1, exp=2)


def test_an_edition_is_found_again() -> None:
    edition = Edition(id="d1", releases={"gold": "aa"}, portals={("nordwind", "sales"): "gold"})
    found = {**entries(edition), LIVE: "d1"}
    assert prefix_of(SESSION, found.get) == "portals/gold/aa"
    assert prefix_of(SESSION, entries(edition).get) is None


def test_cloudfronts_limits_are_held() -> None:
    assert too_large({"live": "d1"}) == ""
    assert "too large" in too_large({"a" * 513: "x"})
    assert "too large" in too_large({"a": "ü" * 513})
    assert str(LARGEST_STORE) in too_large({f"{number:05}": "x" * 1000 for number in range(5500)})
