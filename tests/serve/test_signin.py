import pytest

from prmbuild.serve.app import LARGEST_BODY, application
from prmbuild.serve.live import Live
from prmbuild.serve.making import Made
from tests.serve.client import Client
from tests.serve.conftest import edition

FORM = b"viewer=nordwind%3Asales"


def test_the_start_page_says_what_it_is(stranger: Client) -> None:
    page = stranger.get("/_dev/")
    assert page.status == 200
    assert "<title>Development sign-in, not for production · Example &amp; Robots</title>" in page.text
    assert "Not for production." in page.text
    assert "http://" not in page.text and "https://" not in page.text


def test_it_shows_every_viewer_and_what_a_choice_opens(stranger: Client) -> None:
    text = stranger.get("/_dev/").text
    assert text.index("Gold EMEA") < text.index("Nordwind &lt;Systems&gt; GmbH") < text.index("Silver EMEA")
    assert '<button name="viewer" value="nordwind:sales"><b>sales</b> <span>gold-emea</span> <small>3 pages' in text
    assert "<i>tier</i> gold" in text
    assert "with uncommitted files" in text


def test_without_a_slash_it_is_a_redirect(stranger: Client) -> None:
    answer = stranger.get("/_dev")
    assert (answer.status, answer.headers["location"]) == (308, "/_dev/")


@pytest.mark.parametrize("form", [FORM, b"partner=nordwind&role=sales"])
def test_choosing_signs_in(stranger: Client, form: bytes) -> None:
    answer = stranger.post("/_dev/sign-in", form, origin="http://127.0.0.1:8000")
    assert (answer.status, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("prmbuild_dev=nordwind:sales;")
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie and "Path=/" in cookie
    assert "gold home" in stranger.get("/", cookie=cookie.split(";")[0]).text


def test_one_comes_back_to_the_page_one_was_on(stranger: Client) -> None:
    assert 'name="to" value="/pricing/"' in stranger.get("/_dev/?to=%2Fpricing%2F").text
    assert stranger.post("/_dev/sign-in", FORM + b"&to=%2Fpricing%2F").headers["location"] == "/pricing/"


@pytest.mark.parametrize(
    "to",
    [
        "//vendor.example/",
        "https://vendor.example",
        "/%5Cvendor.example",
        "/..",
        "x",
        "/_dev/",
        "/_dev/sign-out",
        "/%0d%0ax",
    ],
)
def test_but_never_anywhere_else(stranger: Client, to: str) -> None:
    assert stranger.post("/_dev/sign-in", FORM + b"&to=" + to.encode().replace(b"%", b"%25")).headers["location"] == "/"
    assert 'name="to"' not in stranger.get("/_dev/?to=" + to.replace("%", "%25")).text


@pytest.mark.parametrize("form", [b"", b"viewer=nobody%3Asales", b"viewer=x", b"\xff\xfe", b"a=1&" * 500])
def test_who_is_nobody_is_not_signed_in(stranger: Client, form: bytes) -> None:
    answer = stranger.post("/_dev/sign-in", form)
    assert (answer.status, answer.headers["location"]) == (303, "/_dev/")
    assert "set-cookie" not in answer.headers


def test_signing_out(gold: Client) -> None:
    answer = gold.post("/_dev/sign-out")
    assert (answer.status, answer.headers["location"]) == (303, "/_dev/")
    assert answer.headers["set-cookie"].startswith('prmbuild_dev="";')
    assert "Max-Age=0" in answer.headers["set-cookie"]


@pytest.mark.parametrize("path", ["/_dev/sign-in", "/_dev/sign-out"])
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://vendor.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:8001"},
        {"origin": "http://127.0.0.1:8000.vendor.example"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
    ],
)
def test_other_sites_cannot_sign_anybody_in_or_out(gold: Client, path: str, headers: dict[str, str]) -> None:
    answer = gold.post(path, FORM, **headers)
    assert answer.status == 400
    assert "set-cookie" not in answer.headers


def test_a_form_has_a_size(stranger: Client) -> None:
    assert stranger.post("/_dev/sign-in", b"a" * (LARGEST_BODY + 1)).status == 413


def test_findings_are_shown_before_there_is_anything_to_see() -> None:
    live = Live()
    live.finish(Made(edition=None, findings=("visibility.yaml:1:2: PRM203 unknown segment <glod>",)))
    client = Client(app=application(live))
    text = client.get("/_dev/").text
    assert "Nothing can be shown yet" in text
    assert "PRM203 unknown segment &lt;glod&gt;" in text
    assert client.get("/").status == 303


def test_findings_that_did_not_stop_the_build_are_shown_beside_the_portals() -> None:
    live = Live()
    live.finish(Made(edition=edition(), findings=("content/a.md:1:2: PRM401 broken link",)))
    text = Client(app=application(live)).get("/_dev/").text
    assert "1 finding that did not stop the build" in text
    assert "nordwind:sales" in text
