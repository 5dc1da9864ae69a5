"""Raw HTML names files as Markdown does, and what is not named is found at its place."""

import re

import pytest

from prmbuild.render.paths import with_urls
from tests.conftest import CONFIGURATION, MakeRepo, files_of, page

PICTURE = '<svg xmlns="http://www.w3.org/2000/svg"><rect width="4" height="4"/></svg>\n'
GOOD = (
    '<img src="assets/a.svg">',
    "<img src=assets/a.svg>",
    "<IMG SRC=' assets/a.svg '>",
    '<img srcset="assets/a.svg 1x,assets/a&amp;b.svg 2x">',
    '<a href="other.md#part">a</a>',
    '<a href="./other.md?x=1&amp;y=2">a</a>',
    '<a href="../index.md">a</a>',
    '<a href="assets/a%26b.svg">a</a>',
    '<a href="assets/a&amp;b.svg">a</a>',
    "[a](assets/a&amp;b.svg)",
    "[a](assets/a&b.svg)",
    '<video poster="assets/a.svg"></video>',
    '<object data="assets/a.svg"></object>',
    "<b style=\"background: url('assets/a.svg')\">a</b>",
    '<div><img src="assets/a.svg"></div>',
    '<div markdown><b style="background: url(assets/a.svg)">a</b> ![a](assets/a.svg)</div>',
    '<video poster="assets/a.svg" markdown></video>',
    '![a](assets/a.svg){ srcset="assets/a&b.svg 2x" }',
    # from the page's address, as a browser reads it, where no file is named
    '<img src="../assets/a.svg">',
    '<a href="../other/">a</a>',
)
BAD = (
    '<img src="a.svg">',
    '<a href="nothing.md">a</a>',
    '<a href="../other.md">a</a>',
    "<b style=\"background: url('a.svg')\">a</b>",
    '<img srcset="assets/a.svg 1x, a.svg 2x">',
    '<video background="a.svg"></video>',
)


def test_what_is_checked_is_what_readers_get(make_repo: MakeRepo) -> None:
    body = "\n\n".join((*GOOD, *BAD))
    files = {
        **CONFIGURATION,
        "content/index.md": page("Home"),
        "content/d/x.md": page("Links", body),
        "content/d/other.md": page("Other", "## Part\n\nText."),
        "content/d/assets/a.svg": PICTURE,
        "content/d/assets/a&b.svg": PICTURE.replace("4", "5"),
    }
    repo = make_repo(files)
    lines = files["content/d/x.md"].split("\n")
    found = {lines[finding.line - 1] for finding in repo.check() if finding.code in ("PRM401", "PRM403")}
    assert found == set(BAD)
    shown = files_of(repo.render(), "arbor")
    assert {"d/assets/a.svg", "d/assets/a&b.svg"} <= shown.keys()
    text = shown["d/x/index.html"].decode()
    assert len(re.findall(r"\.\./assets/a(?:&amp;|%26)?b?\.svg", text)) == sum(one.count(".svg") for one in GOOD)
    assert (
        len(re.findall(r'href="(?:\.\./other/|\.\./\.\./)', text.partition("<article")[2].partition("</article")[0]))
        == 4
    )


def test_a_file_named_in_raw_html_alone_is_published_and_is_not_unused(make_repo: MakeRepo) -> None:
    files = {"content/index.md": page("Home", '<a href="prices.csv">Prices</a>'), "content/prices.csv": "a,b\n"}
    repo = make_repo({**CONFIGURATION, **files})
    assert "PRM410" not in {finding.code for finding in repo.check()}
    assert "prices.csv" in files_of(repo.build(), "arbor")


@pytest.mark.parametrize(
    "text",
    [
        "<a href='x",
        '<a title=">" href="x">',
        "a < b",
        '<a href="<x>">',
        "<script>a='<a href=x>'</script>",
        "&lt;a href=x>",
    ],
)
def test_what_can_be_read_in_two_ways_keeps_its_letters(text: str) -> None:
    asked: list[str] = []

    def url_of(url: str) -> str:
        asked.append(url)
        return url

    assert with_urls(text, url_of) == text
    assert set(asked) <= {"x"}
