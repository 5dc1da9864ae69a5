"""The one rule, and its general properties."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pathspec import GitIgnoreSpec

from prmbuild.visibility.audience import (
    Admission,
    AllOf,
    AnyOf,
    Audience,
    Everyone,
    Named,
    Nobody,
    Not,
    OneOf,
    Viewer,
    admission,
    admits,
    describe,
)
from prmbuild.visibility.rules import Origin, Policy, Rule, decide, folder_of

ORIGIN = Origin(path="visibility.yaml", line=1, column=1)
FILES = (
    "content/a.md",
    "content/gold/b.md",
    "content/gold/deep/c.md",
    "content/gold-plus/d.md",
    "courses/x/course.yaml",
)
GLOBS = ("content/**", "content/gold/**", "content/gold", "*.md", "courses/**", "content/*/b.md", "content/a.md")

values = {"tier": ("silver", "gold"), "region": ("emea", "amer"), "role": ("sales", "technical")}
attributes = st.dictionaries(st.sampled_from(("tier", "region")), st.text(), max_size=0) | st.fixed_dictionaries(
    {}, optional={key: st.sampled_from(values[key]) for key in ("tier", "region")}
)
viewers = st.builds(
    lambda partner, role, attributes: Viewer(partner=partner, segment="s", role=role, attributes=attributes),
    st.sampled_from(("nordwind", "arbor")),
    st.sampled_from(values["role"]),
    attributes,
)
leaves: st.SearchStrategy[Audience] = st.one_of(
    st.just(Everyone()),
    st.just(Nobody()),
    st.sampled_from(tuple(values)).flatmap(
        lambda key: st.lists(st.sampled_from(values[key]), min_size=1).map(lambda chosen: OneOf(key, tuple(chosen)))
    ),
)
audiences: st.SearchStrategy[Audience] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: AllOf(tuple(parts))),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
        inner.map(Not),
        inner.map(lambda audience: Named("name", audience)),
    ),
    max_leaves=6,
)
rules = st.builds(
    lambda paths, audience: Rule(paths=tuple(paths), audience=audience, origin=ORIGIN),
    st.lists(st.sampled_from(GLOBS), min_size=1, max_size=3),
    audiences,
)


def rule(audience: Audience, *paths: str) -> Rule:
    return Rule(paths=paths, audience=audience, origin=ORIGIN)


GOLD = Viewer(partner="nordwind", segment="g", role="sales", attributes={"tier": "gold"})
BARE = Viewer(partner="nobody", segment="g", role="sales", attributes={})


def test_nothing_is_visible_without_a_rule() -> None:
    assert not decide("content/a.md", GOLD, ()).visible


def test_front_matter_alone_publishes_nothing() -> None:
    assert not decide("content/a.md", GOLD, (), (rule(Everyone(), "content/a.md"),)).visible


def test_every_matching_rule_must_admit() -> None:
    wide, narrow = rule(Everyone(), "content/**"), rule(OneOf("tier", ("silver",)), "content/gold/**")
    assert decide("content/a.md", GOLD, (wide, narrow)).visible
    assert not decide("content/gold/b.md", GOLD, (wide, narrow)).visible


def test_a_folder_does_not_match_another_whose_name_begins_alike() -> None:
    assert not rule(Everyone(), "content/gold/**").matches("content/gold-plus/d.md")
    assert not rule(Everyone(), "content/gold").matches("content/gold-plus/d.md")
    assert rule(Everyone(), "content/gold").matches("content/gold/b.md")


def test_case_matters() -> None:
    assert not rule(Everyone(), "content/**").matches("Content/a.md")


def test_a_missing_attribute_opens_nothing_even_when_negated() -> None:
    silver = OneOf("tier", ("silver",))
    assert admission(silver, BARE) is admission(Not(silver), BARE) is Admission.UNKNOWN
    assert not admits(Not(silver), BARE)
    assert admits(AnyOf((silver, Everyone())), BARE)
    assert not admits(AllOf((Not(silver), Everyone())), BARE)


@given(st.lists(rules, max_size=6), st.data(), viewers, st.sampled_from(FILES))
def test_order_is_irrelevant(given_rules: list[Rule], data: st.DataObject, viewer: Viewer, path: str) -> None:
    shuffled = data.draw(st.permutations(given_rules))
    assert decide(path, viewer, given_rules).visible == decide(path, viewer, shuffled).visible


@given(st.lists(rules, max_size=6), rules, viewers, st.sampled_from(FILES))
def test_a_rule_added_to_a_covered_file_never_widens(
    given_rules: list[Rule], more: Rule, viewer: Viewer, path: str
) -> None:
    before = decide(path, viewer, given_rules)
    after = decide(path, viewer, [*given_rules, more])
    if before.outcomes and not before.visible:
        assert not after.visible


@given(st.lists(rules, max_size=6), viewers, st.sampled_from(FILES))
def test_nobody_wins(given_rules: list[Rule], viewer: Viewer, path: str) -> None:
    wall = rule(Nobody(), "content/**", "courses/**")
    assert not decide(path, viewer, [*given_rules, wall]).visible


@given(st.lists(rules, max_size=6), st.none() | audiences, viewers, st.sampled_from(FILES))
def test_the_prepared_policy_agrees_with_the_sentence(
    given_rules: list[Rule], own: Audience | None, viewer: Viewer, path: str
) -> None:
    narrowing = {path: rule(own, path)} if own is not None else {}
    policy = Policy(given_rules, narrowing)
    matching = [given for given in given_rules if given.matches(path)]
    sentence = bool(matching) and all(admits(each.audience, viewer) for each in [*matching, *narrowing.values()])
    needed = policy.audiences(path)
    assert policy.decide(path, viewer).visible == sentence
    assert (bool(needed) and all(admits(audience, viewer) for audience in needed)) == sentence


@given(audiences, viewers)
def test_negation_never_admits_both_and_every_audience_can_be_said(audience: Audience, viewer: Viewer) -> None:
    assert not (admits(audience, viewer) and admits(Not(audience), viewer))
    assert describe(audience)


SEGMENTS = st.sampled_from(("a", "b", "ab", "*", "**", "a*", "?", "[ab]", "\\*", "a ", " a", "", "#", "a.md"))


@given(
    segments=st.lists(SEGMENTS, min_size=1, max_size=4),
    ends=st.tuples(st.sampled_from(("", "/")), st.sampled_from(("", "/", " "))),
    path=st.lists(st.sampled_from(("a", "b", "ab", "a ", " a", "a.md", "*", "#")), min_size=1, max_size=4),
)
def test_a_glob_matches_in_its_folder_only(segments: list[str], ends: tuple[str, str], path: list[str]) -> None:
    glob = f"{ends[0]}{'/'.join(segments)}{ends[1]}"
    try:
        matches = GitIgnoreSpec.from_lines([glob]).match_file("/".join(path))
    except ValueError:
        return
    assert not matches or "/".join(path).startswith(folder_of(glob))


@pytest.mark.parametrize(
    ("glob", "folder"),
    [("content/a/**", "content/a/"), ("/content/a.md", "content/"), ("*.md", ""), ("b/", ""), ("a/b*/c", "a/")],
)
def test_the_folder_of_a_glob(glob: str, folder: str) -> None:
    assert folder_of(glob) == folder
