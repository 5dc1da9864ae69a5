"""Ids of portals: the segment's where it can be, otherwise with what makes the difference."""

from hypothesis import given
from hypothesis import strategies as st

from prmbuild.portals.naming import portal_id
from prmbuild.visibility.audience import Viewer


def viewer(segment: str, partner: str, role: str) -> Viewer:
    return Viewer(partner=partner, segment=segment, role=role, attributes={})


EVERYONE = tuple(
    viewer(segment, partner, role)
    for segment, partners in (("gold", ("nordwind", "helix")), ("silver", ("arbor",)))
    for partner in partners
    for role in ("sales", "technical")
)


def test_a_whole_segment_takes_its_id() -> None:
    assert portal_id(EVERYONE[:4], EVERYONE) == "gold"


def test_segments_that_see_the_same_share_one_id() -> None:
    assert portal_id(EVERYONE, EVERYONE) == "gold"


def test_a_whole_segment_goes_before_a_part_of_an_earlier_one() -> None:
    assert portal_id((EVERYONE[0], *EVERYONE[4:]), EVERYONE) == "silver"


def test_a_role_that_makes_the_difference() -> None:
    assert portal_id((EVERYONE[0], EVERYONE[2]), EVERYONE) == "gold--sales"


def test_a_partner_that_makes_the_difference() -> None:
    assert portal_id(EVERYONE[2:4], EVERYONE) == "gold--helix"


def test_one_viewer() -> None:
    assert portal_id((EVERYONE[3],), EVERYONE) == "gold--helix--technical"


@given(st.lists(st.integers(0, 4), min_size=len(EVERYONE), max_size=len(EVERYONE)))
def test_classes_never_share_an_id(classes: list[int]) -> None:
    members: dict[int, list[Viewer]] = {}
    for each, number in zip(EVERYONE, classes, strict=True):
        members.setdefault(number, []).append(each)
    ids = [portal_id(viewers, EVERYONE) for viewers in members.values()]
    assert len(ids) == len(set(ids))
