"""Sets of viewers in words."""

import pytest

from prmbuild.authored.programme import Programme
from prmbuild.authored.reading import read_programme
from prmbuild.check.viewers import in_words

PARTNERS = b"""\
dimensions: {tier: [silver, gold], region: [emea, amer]}
roles: [sales, technical, executive]
segments:
  - {id: gold-emea, title: Gold EMEA, tier: gold, region: emea}
  - {id: silver-emea, title: Silver EMEA, tier: silver, region: emea}
  - {id: gold-amer, title: Gold Americas, tier: gold, region: amer}
partners:
  - {id: nordwind, name: Nordwind, segment: gold-emea}
  - {id: helix, name: Helix, segment: gold-emea}
  - {id: arbor, name: Arbor, segment: silver-emea}
  - {id: cascade, name: Cascade, segment: gold-amer}
"""


@pytest.fixture(scope="module")
def programme() -> Programme:
    found, findings = read_programme(
        {
            "partners.yaml": PARTNERS,
            "visibility.yaml": b"rules: []\n",
            "prm.yaml": b"vendor: Vendor\nportal_url: https://partners.vendor.example\n",
        }
    )
    assert found is not None, findings
    return found


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ("*/*", "everyone"),
        ("*/sales", "role sales"),
        ("*/sales */executive", "role sales or executive"),
        ("arbor/*", "tier silver"),
        ("cascade/*", "region amer"),
        ("nordwind/* helix/*", "gold-emea"),
        ("nordwind/* helix/* cascade/sales", "gold-emea, gold-amer (sales)"),
        ("nordwind/sales helix/sales arbor/sales", "gold-emea (sales), silver-emea (sales)"),
        ("nordwind/*", "nordwind"),
        ("nordwind/sales helix/technical", "nordwind (sales), helix (technical)"),
    ],
)
def test_in_words(chosen: str, words: str, programme: Programme) -> None:
    wanted = [choice.split("/") for choice in chosen.split()]
    viewers = [
        viewer
        for viewer in programme.viewers()
        if any(partner in ("*", viewer.partner) and role in ("*", viewer.role) for partner, role in wanted)
    ]
    assert in_words(viewers, programme) == words
