"""Sets as integers are what sets of numbers are."""

from collections.abc import Iterable, Sequence

from hypothesis import given
from hypothesis import strategies as st

from prmbuild.visibility.audience import AllOf, Audience, Everyone, Nobody, Not, OneOf, Viewer, admits
from prmbuild.visibility.sets import For, Readership, Translation, combined, members, seen_by, split

SIZE = 9
"""Numbers in a set; few, so that random sets overlap."""

some_sets = st.integers(0, (1 << SIZE) - 1)


@st.composite
def partitions(draw: st.DrawFn, most: int = SIZE) -> list[int]:
    """Disjoint sets that are not empty, in any order, which need not have every number."""
    owners = draw(st.lists(st.integers(0, most), min_size=SIZE, max_size=SIZE))
    return [
        as_integer(number for number, owner in enumerate(owners) if owner == wanted)
        for wanted in draw(st.permutations(sorted(set(owners) - {0})))
    ]


@st.composite
def sights(draw: st.DrawFn) -> For[str]:
    """Disjoint sets, each with what it sees: more of them than are compared one by one, and fewer; some see alike."""
    return tuple((some, draw(st.sampled_from("abc"))) for some in draw(partitions(draw(st.sampled_from((2, SIZE))))))


def as_integer(numbers: Iterable[int]) -> int:
    return sum(1 << number for number in numbers)


def as_set(some: int) -> set[int]:
    return {number for number in range(some.bit_length()) if some >> number & 1}


def sight(seen: For[str], number: int) -> str | None:
    return next((item for some, item in seen if number in as_set(some)), None)


@given(some_sets)
def test_members_are_the_numbers_in_order(some: int) -> None:
    assert list(members(some)) == sorted(as_set(some))


@given(some_sets, st.lists(some_sets, max_size=5))
def test_split_parts_the_whole_where_a_cut_tells_two_apart(whole: int, cuts: list[int]) -> None:
    classes: dict[tuple[bool, ...], set[int]] = {}
    for number in as_set(whole):
        classes.setdefault(tuple(number in as_set(cut) for cut in cuts), set()).add(number)
    assert list(map(as_set, split(whole, cuts))) == sorted(classes.values(), key=min)


@given(st.lists(sights(), min_size=1, max_size=4))
def test_combined_says_what_each_sees_of_everything(parts: list[For[str]]) -> None:
    found = list(combined(parts))
    views: dict[tuple[str | None, ...], set[int]] = {}
    for number in range(SIZE):
        views.setdefault(tuple(sight(part, number) for part in parts), set()).add(number)
    views.pop((None,) * len(parts), None)
    said: dict[tuple[str | None, ...], set[int]] = {}
    for some, items in found:
        said.setdefault(tuple(items), set()).update(as_set(some))
    assert said == views
    assert all(some for some, _ in found)
    assert sum(some.bit_count() for some, _ in found) == sum(map(len, views.values())), "no number twice"


@given(sights(), st.integers(0, SIZE - 1))
def test_seen_by_says_what_one_sees(seen: For[str], number: int) -> None:
    assert seen_by(seen, 1 << number) == sight(seen, number)


@given(partitions(), st.data())
def test_a_translation_names_the_classes_inside_a_set(classes: Sequence[int], data: st.DataObject) -> None:
    translated = Translation(classes)
    for _ in range(3):
        inside = data.draw(st.lists(st.integers(0, len(classes) - 1), unique=True) if classes else st.just([]))
        others = as_integer(range(SIZE)) & ~sum(classes)
        viewers = sum(classes[number] for number in inside) | data.draw(st.sampled_from((0, others)))
        assert as_set(translated(viewers)) == set(inside)
        assert translated.all({"x": ((viewers, "seen"),)}) == {"x": ((translated(viewers), "seen"),)}


viewers = st.builds(
    lambda partner, role, attributes: Viewer(partner=partner, segment="s", role=role, attributes=attributes),
    st.sampled_from(("nordwind", "arbor")),
    st.sampled_from(("sales", "technical")),
    st.fixed_dictionaries({}, optional={"tier": st.sampled_from(("silver", "gold"))}),
)
leaves: st.SearchStrategy[Audience] = st.sampled_from(
    (Everyone(), Nobody(), OneOf("tier", ("gold",)), OneOf("role", ("sales",)), OneOf("partner", ("arbor", "nordwind")))
)
audiences = st.recursive(leaves, lambda inner: st.builds(Not, inner) | st.builds(lambda *of: AllOf(of), inner, inner))


@given(st.lists(viewers, max_size=6), st.lists(audiences, max_size=3))
def test_a_readership_admits_whom_audiences_admit(people: list[Viewer], asked: list[Audience]) -> None:
    readership = Readership(people)
    assert readership.of(readership.everyone) == tuple(people)
    for audience in [*asked, *asked]:
        assert readership.of(readership.admitted(audience)) == tuple(one for one in people if admits(audience, one))
    by_all = [one for one in people if asked and all(admits(audience, one) for audience in asked)]
    assert readership.of(readership.admitted_by_all(asked)) == tuple(by_all)
