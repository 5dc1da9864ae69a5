"""Audience expressions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prmbuild.authored.audiences import parse_inline
from prmbuild.authored.programme import Programme
from prmbuild.authored.reading import read_programme
from prmbuild.visibility.audience import AllOf, AnyOf, Audience, Everyone, Named, Nobody, Not, OneOf
from tests.authored.conftest import PARTNERS, Read, files

GOLD = Named("gold-up", OneOf("tier", ("gold",)))


def inline(text: str, programme: Programme) -> Audience | None:
    return parse_inline(text, programme, path="content/a.md", line=7, column=15)[0]


@pytest.mark.parametrize(
    ("text", "audience"),
    [
        ("everyone", Everyone()),
        ("nobody", Nobody()),
        ("gold-up", GOLD),
        ("{tier: gold}", OneOf("tier", ("gold",))),
        ("tier: gold", OneOf("tier", ("gold",))),
        ("{tier: [gold, silver]}", OneOf("tier", ("gold", "silver"))),
        ("{tier: gold, region: emea}", AllOf((OneOf("tier", ("gold",)), OneOf("region", ("emea",))))),
        ("{role: sales}", OneOf("role", ("sales",))),
        ("{roles: [sales, technical]}", OneOf("role", ("sales", "technical"))),
        ("{segments: gold-emea}", OneOf("segment", ("gold-emea",))),
        ("{partner: nordwind}", OneOf("partner", ("nordwind",))),
        ("{partners: [nordwind, cascade]}", OneOf("partner", ("nordwind", "cascade"))),
        ("[gold-up, {region: amer}]", AnyOf((GOLD, OneOf("region", ("amer",))))),
        ("[gold-up]", GOLD),
        ("{all: [gold-up, {not: {role: technical}}]}", AllOf((GOLD, Not(OneOf("role", ("technical",)))))),
        ("{any: [gold-up, everyone]}", AnyOf((GOLD, Everyone()))),
        ("{not: nobody}", Not(Nobody())),
    ],
)
def test_expression(text: str, audience: Audience, programme: Programme) -> None:
    found, findings = parse_inline(text, programme, path="content/a.md", line=7)
    assert findings == ()
    assert found == audience


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("gold-ip", 15, "did you mean 'gold-up'?"),
        ("gold", 15, "did you mean {tier: gold}?"),
        ("{regions: emea}", 16, "did you mean 'region'?"),
        ("{region: emia}", 24, "did you mean 'emea'?"),
        ("{all: [gold-up, {role: seles}]}", 38, "did you mean 'sales'?"),
        ("", 15, "empty"),
        ("''", 15, "empty"),
        ("[gold-up", 23, "brackets"),
        ("{tier: yes}", 22, "truth value"),
        ("{all: gold-up}", 21, "brackets"),
        ("42", 15, "not an audience"),
    ],
)
def test_wrong_expression(text: str, column: int, message: str, programme: Programme) -> None:
    audience, findings = parse_inline(text, programme, path="content/a.md", line=7, column=15)
    assert audience is None
    (found,) = findings
    assert (found.path, found.line, found.column) == ("content/a.md", 7 + (text == "[gold-up"), found.column)
    assert found.column in (column, 1)
    assert message in str(found)


def test_audiences_refer_to_each_other_in_any_order(read: Read) -> None:
    text = "audiences:\n  both: {all: [gold-up, emea]}\n  gold-up: {tier: gold}\n  emea: {region: emea}\nrules: []\n"
    programme, findings = read(visibility=text)
    assert findings == ()
    assert programme is not None
    assert tuple(programme.audiences) == ("both", "gold-up", "emea")
    assert programme.audiences["both"] == AllOf((GOLD, Named("emea", OneOf("region", ("emea",)))))


def test_a_cycle_is_reported_once(read: Read) -> None:
    text = "audiences:\n  a: b\n  b: [c]\n  c: {not: a}\nrules:\n  - {paths: [x], show_to: a}\n"
    programme, findings = read(visibility=text)
    assert programme is None
    assert [str(found) for found in findings] == [
        "visibility.yaml:4:12: PRM216 the audience 'a' refers to itself (a → b → c → a)"
    ]


def test_a_wrong_declaration_is_not_reported_where_it_is_used(read: Read) -> None:
    text = "audiences:\n  a: {tier: glod}\nrules:\n  - {paths: [x], show_to: a}\n  - {paths: [z], show_to: [a, b]}\n"
    _, findings = read(visibility=text)
    assert [found.code for found in findings] == ["PRM210", "PRM213"]


def test_names_are_not_called_unknown_when_partners_cannot_be_read(read: Read) -> None:
    text = "audiences:\n  a: {anything: goes}\nrules:\n  - {paths: [x], show_to: {role: whoever, segment: some}}\n"
    _, findings = read(visibility=text, partners="dimensions: [")
    assert [found.path for found in findings] == ["partners.yaml"]


@pytest.mark.parametrize("count", [33, 5000])
def test_long_chains_are_refused_not_followed(count: int, read: Read) -> None:
    chain = "".join(f"  a{n}: {{not: a{n + 1}}}\n" for n in range(count))
    programme, findings = read(visibility=f"audiences:\n{chain}  a{count}: everyone\nrules: []\n")
    assert programme is None
    assert {found.code for found in findings} == {"PRM229"}


def test_doubling_is_refused_not_written_out(read: Read) -> None:
    doubling = "".join(f"  a{n + 1}: [a{n}, a{n}]\n" for n in range(30))
    programme, findings = read(visibility=f"audiences:\n  a0: everyone\n{doubling}rules: []\n")
    assert programme is None
    assert {found.code for found in findings} == {"PRM229"}


EXPRESSIONS = st.recursive(
    st.sampled_from(["everyone", "nobody", "gold-up", "gold", "", "yes", None, 3, True, [], {}]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["all", "any", "not", "tier", "role", "roles", "segment", "partners", "x"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@given(EXPRESSIONS)
def test_no_expression_raises(expression: object) -> None:
    import json

    programme, _ = read_programme(files({"partners": PARTNERS}))
    assert programme is not None
    audience, findings = parse_inline(json.dumps(expression), programme, path="a.md", line=1)
    assert (audience is None) == bool(findings)
