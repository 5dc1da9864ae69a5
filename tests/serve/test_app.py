import json
from hashlib import sha256
from pathlib import Path

import pytest
from msgspec.structs import replace

from prmbuild.records.receipts import Unpublished, read_receipt
from prmbuild.serve.edition import ViewerId
from prmbuild.serve.live import Live
from prmbuild.serve.making import Made
from tests.serve.client import Client
from tests.serve.conftest import GOLD, edition

VECTORS = json.loads((Path(__file__).parents[1] / "access" / "path_vectors.json").read_text("utf-8"))


def test_a_portal_is_served_as_it_was_built_but_for_the_bar(gold: Client) -> None:
    page = gold.get("/pricing/")
    assert page.status == 200
    before, bar, after = page.body.partition(b'\n<link rel="stylesheet" href="/_dev/dev.css">')
    assert bar
    assert GOLD["pricing/index.html"].startswith(before)
    assert after.endswith(b"</body></html>")
    for path, data in GOLD.items():
        if not path.endswith("index.html") and path != "404.html":
            assert gold.get(f"/{path}").body == data


def test_the_bar_says_who_one_is(gold: Client) -> None:
    text = gold.get("/").text
    assert "Development sign-in:" in text
    assert "Nordwind &lt;Systems&gt; GmbH</b> · sales · portal <code>gold-emea</code>" in text
    assert '<a href="/_dev/" target="_self">switch</a>' in text


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/assets/f.woff2", "font/woff2"),
        ("/assets/app.js", "text/javascript; charset=utf-8"),
        ("/pricing/list.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("/drawing.svg", "image/svg+xml"),
        ("/navigation.json", "application/json"),
        ("/sitemap.xml", "application/xml"),
    ],
)
def test_media_types(gold: Client, path: str, expected: str) -> None:
    assert gold.get(path).headers["content-type"] == expected


@pytest.mark.parametrize("path", ["/", "/drawing.svg", "/nowhere", "/_dev/", "/_dev/dev.js", "/api/x", "/%2e%2e/"])
def test_every_answer_is_protected(gold: Client, path: str) -> None:
    headers = gold.get(path).headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["content-security-policy"].startswith("default-src ")


def test_pages_run_no_inline_script(gold: Client) -> None:
    for path in ("/", "/nowhere"):
        policy = gold.get(path).headers["content-security-policy"]
        assert "script-src 'self'" in policy.split("; "), path
    assert "sandbox" in gold.get("/drawing.svg").headers["content-security-policy"]


def test_entity_tags(gold: Client, silver: Client) -> None:
    for path in ("/", "/drawing.svg"):
        first = gold.get(path)
        again = gold.get(path, if_none_match=f'"other", {first.headers["etag"]}')
        assert (again.status, again.body) == (304, b"")
    assert gold.get("/").headers["etag"] != silver.get("/").headers["etag"]


def test_what_another_portal_has_is_as_absent_as_what_nobody_has(gold: Client, silver: Client) -> None:
    assert gold.get("/pricing/list.xlsx").status == 200
    others = silver.get("/pricing/list.xlsx")
    assert others.status == 404
    assert b"silver: nothing here" in others.body
    for path in (
        "/nobody/has/this",
        "/pricing",
        "/pricing/",
        "/..%2f",
        "/404.html",
        "/me/",
        "/manage/x",
        "/api/courses",
    ):
        assert silver.get(path) == others


def test_odd_paths_are_refused(gold: Client) -> None:
    missing = gold.get("/nowhere")
    for vector in VECTORS["vectors"]:
        if vector["expect"] == 404 and "?" not in vector["path"]:
            assert gold.get(vector["path"]) == missing


def test_a_folder_without_its_slash_is_a_redirect(gold: Client, silver: Client) -> None:
    answer = gold.get("/pricing?q=1")
    assert (answer.status, answer.headers["location"]) == (308, "/pricing/?q=1")
    assert silver.get("/pricing?q=1").status == 404


def test_fragments_are_left_alone(gold: Client) -> None:
    assert gold.get("/fragment.html").body == GOLD["fragment.html"]


def test_pages_are_only_read(gold: Client) -> None:
    assert gold.request("DELETE", "/").status == 405
    assert gold.post("/nowhere") == gold.post("/")


@pytest.mark.parametrize("path", ["/", "/pricing/", "/pricing/list.xlsx", "/nowhere"])
def test_strangers_are_sent_to_the_start_page(stranger: Client, path: str) -> None:
    answer = stranger.get(path)
    assert (answer.status, answer.headers["location"]) == (303, "/_dev/")


@pytest.mark.parametrize("path", ["/api/x", "/me/", "/manage/", "/_dev/x", "/%2e%2e/", "//"])
def test_for_strangers_too_there_is_nothing_elsewhere(stranger: Client, path: str) -> None:
    assert stranger.get(path).status == 404


@pytest.mark.parametrize("viewer", [("nobody", "sales"), ("nordwind", "boss"), ("", ""), ("nordwind", "")])
def test_unknown_viewers_are_strangers(stranger: Client, viewer: tuple[str, str]) -> None:
    client = Client(app=stranger.app, viewer=ViewerId(*viewer))
    assert client.get("/") == stranger.get("/")
    assert client.get("/_dev/") == stranger.get("/_dev/")


@pytest.mark.parametrize("cookie", ["prmbuild_dev=%ff:x", "prmbuild_dev=nordwind", "prmbuild_dev", "=;;", "é=1"])
def test_broken_cookies_are_strangers(stranger: Client, cookie: str) -> None:
    assert stranger.get("/", cookie=cookie) == stranger.get("/")


def test_a_partner_that_leaves_the_programme_is_signed_out(gold: Client, live: Live) -> None:
    assert gold.get("/").status == 200
    changed = replace(edition(), viewers={})
    live.finish(Made(edition=changed, findings=()))
    assert gold.get("/").status == 303


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8000", "localhost:9999", "[::1]:8000", "LOCALHOST"])
def test_loopback_hosts_are_answered(gold: Client, host: str) -> None:
    assert gold.get("/", host=host).status == 200


@pytest.mark.parametrize(
    "host",
    ["vendor.example", "127.0.0.1.vendor.example", "localhost.vendor.example:80", "127.0.0.1@x", "[::1", "0.0.0.0:1"],
)
def test_other_hosts_are_not(gold: Client, host: str) -> None:
    answer = gold.get("/", host=host)
    assert answer.status == 421
    assert b"gold" not in answer.body


def test_a_request_has_one_host(gold: Client) -> None:
    assert gold.get("/", host="").status == 400


def test_a_defect_shows_no_traceback(gold: Client, live: Live, capsys: pytest.CaptureFixture[str]) -> None:
    broken = replace(edition(), blobs={})
    live.finish(Made(edition=broken, findings=()))
    answer = gold.get("/")
    assert (answer.status, answer.text) == (500, "Something went wrong. The terminal says what.\n")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "KeyError" in capsys.readouterr().err


def test_a_receipt_says_that_nothing_was_published(gold: Client, silver: Client, stranger: Client) -> None:
    answer = gold.get("/api/receipt?page=pricing/")
    assert answer.status == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="pricing.receipt.json"'
    read = read_receipt(answer.body)
    assert read == Unpublished(path="pricing/index.html", digest=sha256(GOLD["pricing/index.html"]).hexdigest())
    assert gold.get("/api/receipt?page=").headers["content-disposition"].endswith('"home.receipt.json"')
    for odd in ("", "?page=404.html", "?page=../pricing/", "?page=pricing", "?page=nothing/", "?file=pricing/"):
        assert gold.get(f"/api/receipt{odd}").status == 404
    assert silver.get("/api/receipt?page=pricing/").body == silver.get("/nothing-at-all.pdf").body
    assert stranger.get("/api/receipt?page=pricing/").status == 404


def test_parts_of_files_can_be_read(gold: Client) -> None:
    whole = gold.get("/drawing.svg")
    etag = whole.headers["etag"]
    part = gold.get("/drawing.svg", range="bytes=2-5", if_range=etag)
    assert (part.status, part.body) == (206, whole.body[2:6])
    assert part.headers["content-range"] == f"bytes 2-5/{len(whole.body)}"
    assert part.headers["etag"] == etag
    assert gold.get("/drawing.svg", range=f"bytes=4-{len(whole.body) + 9}").body == whole.body[4:]
    for unknown in ("bytes=5-2", "bytes=-3", "bytes=3-", "bytes=0-1,4-5", f"bytes={len(whole.body)}-999999"):
        assert (gold.get("/drawing.svg", range=unknown).status, whole.status) == (200, 200), unknown
    assert gold.get("/drawing.svg", range="bytes=2-5", if_range='"another"').body == whole.body
