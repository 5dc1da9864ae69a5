import re
from collections.abc import Mapping

import pytest

from prmbuild.records.receipts import URL
from tests.conftest import MakeRepo, files_of, page
from tests.site.conftest import CONTENT

MADE = (
    "404.html",
    "catalogue/index.html",
    "courses/basics/index.html",
    "courses/basics/quiz/index.html",
    "courses/index.html",
    "index.html",
    "navigation.json",
    "robots.txt",
    "search/index.json",
    "whats-new/index.html",
    "whats-new/latest.json",
)


def test_every_document_is_made(portal: Mapping[str, bytes]) -> None:
    assert set(MADE) <= portal.keys()


def test_documents_are_the_same_every_time(make_repo: MakeRepo) -> None:
    first, second = (files_of(make_repo(CONTENT).render(), "nordwind") for _ in range(2))
    assert {path: first[path] for path in MADE} == {path: second[path] for path in MADE}


def test_hidden_pages_leave_no_trace(portal: Mapping[str, bytes], silver: Mapping[str, bytes]) -> None:
    assert any(b"Gold rebate" in portal[path] for path in MADE)
    for path in MADE:
        assert b"ebate" not in silver[path], path


def test_nothing_names_who_reads_it(portal: Mapping[str, bytes]) -> None:
    for path in MADE:
        assert not re.search(rb"nordwind|gold-emea|arbor", portal[path], re.IGNORECASE), path


def test_hostile_titles_are_text(portal: Mapping[str, bytes]) -> None:
    for path, data in portal.items():
        if path.endswith(".html"):
            assert b"<script>alert" not in data, path
    for path in ("catalogue/index.html", "whats-new/index.html", "index.html", "hostile/index.html"):
        assert b"&lt;script&gt;alert(1)&lt;/script&gt;" in portal[path], path


def test_no_page_holds_a_script(portal: Mapping[str, bytes]) -> None:
    for path, data in portal.items():
        if path.endswith(".html"):
            scripts = re.findall(rb"<script([^>]*)>", data)
            assert scripts and all(b"src=" in script or b"application/json" in script for script in scripts), path
            assert not re.search(rb"\son[a-z]+=|href=\"javascript:", data), path


def test_the_catalogue_lists_everything_without_a_script(portal: Mapping[str, bytes]) -> None:
    catalogue = portal["catalogue/index.html"].decode()
    for url in ("guides/apple/", "guides/deep/leaf/", "prices/", "courses/basics/", "assets/list.pdf"):
        assert f'href="../{url}"' in catalogue
    assert "lessons/01-first" not in catalogue


def test_a_missing_page_links_from_the_root(portal: Mapping[str, bytes]) -> None:
    links = re.findall(r'(?:href|src)="([^"]*)"', portal["404.html"].decode())
    assert links and all(link.startswith(("/", "#")) for link in links)
    assert '"base": "/"' in portal["404.html"].decode()


def test_the_programme_may_word_its_welcome(make_repo: MakeRepo) -> None:
    welcome = page("Hello partners", "Read [prices](prices.md), not [the rebate](gold/rebate.md).")
    built = make_repo({**CONTENT, "content/index.md": welcome}).render()
    silver, gold = files_of(built, "arbor")["index.html"], files_of(built, "nordwind")["index.html"]
    assert b'<a href="prices/">prices</a>, not the rebate.' in silver
    assert b'<a href="gold/rebate/">the rebate</a>' in gold


def test_links_of_documents_lead_somewhere(portal: Mapping[str, bytes]) -> None:
    from posixpath import join, normpath
    from urllib.parse import urlsplit

    for path in MADE:
        if not path.endswith("index.html"):
            continue
        for link in re.findall(r'(?:href|src)="([^"]*)"', portal[path].decode()):
            place = urlsplit(link).path
            if not place:
                continue
            target = normpath(join("/", path.removesuffix("index.html"), place)).lstrip("/")
            if target == URL:
                continue
            assert target in portal or normpath(join(target, "index.html")) in portal, (path, link)


@pytest.mark.parametrize("path", ["guides/apple/index.html", "index.html", "courses/index.html"])
def test_pages_stay_light(portal: Mapping[str, bytes], path: str) -> None:
    assert len(portal[path]) < 20_000
