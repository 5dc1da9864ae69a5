"""The three files at the root, together."""

import pickle
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prmbuild.authored.programme import Approvers, Connection, Evidence, Programme, Shows
from prmbuild.authored.reading import PROGRAMME_FILES, read_programme
from prmbuild.diagnostics import Severity, has_errors
from prmbuild.visibility.audience import Everyone, OneOf
from tests.authored.conftest import PARTNERS, PRM, VISIBILITY, Read, files


def test_smallest_programme(read: Read) -> None:
    partners = "roles: [sales]\nsegments: [{id: all, title: All}]\npartners: [{id: p1, name: P, segment: all}]\n"
    programme, findings = read(partners=partners, visibility="rules: []\n")
    assert findings == ()
    assert programme is not None
    assert programme.settings.portal_url == "https://partners.vendor.example/"
    assert programme.settings.branch == "main"
    assert programme.settings.evidence is Evidence.MERGE
    assert programme.settings.publish_to is None
    assert [str(viewer) for viewer in programme.viewers()] == ["p1/sales"]


def test_values(read: Read) -> None:
    partners = PARTNERS.replace(
        "segment: gold-emea}",
        "segment: gold-emea, tier: silver, domains: [NordWind.example], languages: [de, en],\n"
        "     connections: [{to: cascade, shows: listed}]}",
    ).replace("segment: silver-amer}", "segment: silver-amer, connections: [{to: nordwind}]}")
    visibility = VISIBILITY + "assertions:\n  - never: {paths: [content/x/**], seen_by: {tier: silver}}\n"
    prm = PRM + (
        "branch: live\npublish: {to: 's3://bucket/some/prefix'}\nchannels: {mail: {from: a@vendor.example}}\n"
        "approval:\n  evidence: trailer\n  approvers: [{paths: ['*'], people: [ines@vendor.example]}]\n"
    )
    programme, findings = read(partners=partners, visibility=visibility, prm=prm)
    assert findings == ()
    assert programme is not None
    nordwind, cascade = programme.partners
    assert nordwind.attributes == {"tier": "silver", "region": "emea"}
    assert nordwind.domains == ("nordwind.example",)
    assert nordwind.connections == (Connection(to="cascade", shows=Shows.LISTED),)
    assert cascade.connections == (Connection(to="nordwind", shows=Shows.HIDDEN),)
    assert str(nordwind.origin) == "partners.yaml:7"
    assert programme.dimensions == {"tier": ("silver", "gold"), "region": ("emea", "amer")}
    (rule,) = programme.rules
    assert (rule.paths, rule.audience, str(rule.origin)) == (("content/**",), Everyone(), "visibility.yaml:4")
    (assertion,) = programme.assertions
    assert assertion.never
    assert assertion.seen_by == OneOf("tier", ("silver",))
    assert programme.settings.approvers == (Approvers(paths=("*",), people=("ines@vendor.example",)),)
    assert programme.settings.publish_to == "s3://bucket/some/prefix"
    assert programme.settings.branch == "live"


def test_a_programme_travels_to_other_processes(programme: Programme) -> None:
    assert pickle.loads(pickle.dumps(programme)) is not None


@pytest.mark.parametrize("missing", PROGRAMME_FILES)
def test_missing_file(missing: str) -> None:
    programme, findings = read_programme({name: data for name, data in files({}).items() if name != missing})
    assert programme is None
    assert [(found.path, found.code) for found in findings] == [(missing, "PRM207")]


def test_findings_of_all_files_come_together(read: Read) -> None:
    programme, findings = read(
        partners=PARTNERS.replace("segment: gold-emea", "segment: glod").replace("Cascade Inc", "''"),
        visibility=VISIBILITY.replace("content/**", "/content/**").replace("everyone", "{tier: bronze}"),
        prm="vendor: 12\nportal_url: nowhere\nbrunch: x\n",
    )
    assert programme is None
    assert [str(found).split(" ")[:2] for found in findings] == [
        ["partners.yaml:7:50:", "PRM203"],
        ["partners.yaml:8:25:", "PRM205"],
        ["prm.yaml:1:9:", "PRM204"],
        ["prm.yaml:2:13:", "PRM225"],
        ["prm.yaml:3:1:", "PRM201"],
        ["visibility.yaml:4:13:", "PRM224"],
        ["visibility.yaml:5:21:", "PRM210"],
    ]


def test_the_message_of_the_design() -> None:
    text = "audiences:\n  a: {segment: glod}\nrules: []\n"
    partners = PARTNERS.replace("gold-emea", "gold")
    _, findings = read_programme(files({"visibility": text, "partners": partners}))
    assert str(findings[0]) == "visibility.yaml:2:16: PRM203 unknown segment 'glod' (did you mean 'gold'?)"


def test_warnings_do_not_stop(read: Read) -> None:
    programme, findings = read(
        partners=PARTNERS.replace("tier: gold, region", "region").replace(
            "segment: silver-amer}", "segment: silver-amer, connections: [{to: nordwind}]}"
        )
    )
    assert programme is not None
    assert [found.severity for found in findings] == [Severity.WARNING, Severity.INFO]


def test_claims_are_one_or_the_other(read: Read) -> None:
    claim = "{paths: [x], seen_by: everyone}"
    _, findings = read(visibility=VISIBILITY + f"assertions:\n  - never: {claim}\n    always: {claim}\n  - never:\n")
    assert [(found.code, found.line) for found in findings] == [("PRM205", 8), ("PRM204", 9)]


@pytest.mark.parametrize(
    "text", ["", "[]", "text", "3", "~", "- a\n- b\n", "rules: {a: 1}", "partners: {a: b}", "roles: x"]
)
def test_any_shape_is_answered(text: str) -> None:
    for stem in ("partners", "visibility", "prm"):
        programme, findings = read_programme(files({stem: text}))
        assert programme is None
        assert has_errors(findings)


@given(st.fixed_dictionaries({}, optional={name: st.binary(max_size=120) for name in PROGRAMME_FILES}))
def test_no_bytes_raise(given_files: Mapping[str, bytes]) -> None:
    programme, findings = read_programme(given_files)
    assert (programme is None) == has_errors(findings)


WHOLE = {"partners": PARTNERS, "visibility": VISIBILITY, "prm": PRM}


@given(st.data())
def test_no_damage_raises(data: st.DataObject) -> None:
    stem = data.draw(st.sampled_from(sorted(WHOLE)))
    text = WHOLE[stem]
    begin = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(begin, min(len(text), begin + 12)))
    put = data.draw(
        st.sampled_from(["", "[", "]", "{", "}", ":", "- ", "\n", " ", "~", "3", "''", "yes", "[a]", "{a: b}"])
    )
    programme, findings = read_programme(files({stem: text[:begin] + put + text[end:]}))
    assert (programme is None) == has_errors(findings)
