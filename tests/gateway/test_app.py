"""What the gateway tells web servers, whichever they are."""

import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping

import pytest

from prmbuild.access.entries import revocations
from prmbuild.access.rule import COOKIE
from prmbuild.records.live import shown
from tests.gateway.running import NOW, PORTALS, Published, answering, published, token

Ask = Callable[..., tuple[int, Mapping[str, str]]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Published:
    return published(tmp_path_factory.mktemp("published"))


@pytest.fixture(scope="module")
def ask(made: Published) -> Iterator[Ask]:
    """Ask the gateway: status and headers."""

    class Straight(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), Straight)
    with answering(made.gateway) as port:

        def asked(place: str, **headers: str) -> tuple[int, Mapping[str, str]]:
            fields = {name.replace("_", "-"): value for name, value in headers.items()}
            request = urllib.request.Request(f"http://127.0.0.1:{port}{place}", headers=fields)
            try:
                with opener.open(request, timeout=60) as answer:
                    return answer.status, dict(answer.headers.items())
            except urllib.error.HTTPError as error:
                return error.code, dict(error.headers.items())

        yield asked


def of(path: str, partner: str | None = "gold", **more: str) -> dict[str, str]:
    cookie = {"cookie": f"a=b; {COOKIE}={token(partner)}"} if partner is not None else {}
    return {"x_forwarded_uri": path, "x_forwarded_method": "GET"} | cookie | more


def test_it_names_the_file_of_a_request(ask: Ask, made: Published) -> None:
    now = shown(made.store)
    assert now is not None
    release = now.deployment.portals["gold"].release
    status, headers = ask("/check", **of("/pricing/?page=2"))
    assert (status, headers["x-prm-file"]) == (204, f"gold/{release}/pricing/index.html")
    assert headers["x-prm-type"] == "text/html; charset=utf-8"
    assert headers["x-prm-missing"] == f"gold/{release}/404.html"
    assert "gold" not in headers["etag"]
    status, again = ask("/check", **of("/pricing/", if_none_match=headers["etag"]))
    assert status == 304 and again["etag"] == headers["etag"]
    assert not [name for name in again if name.lower().startswith("x-prm-")]
    assert (made.folder / "portals" / headers["x-prm-file"]).read_text() == PORTALS["gold"]["pricing/index.html"]


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"x_forwarded_uri": "/pricing/../"}, 404),
        ({"x_forwarded_uri": "//x/"}, 404),
        ({"x_forwarded_uri": ""}, 404),
        ({"x_forwarded_method": "POST"}, 404),
        ({"x_forwarded_method": ""}, 404),
        ({"cookie": ""}, 302),
        ({"cookie": f"{COOKIE}=x.y.z"}, 302),
        *(({"cookie": f"{odd}{COOKIE}={token('gold')}"}, 302) for odd in ("\xa0", "\x85", "\x1f", '"')),
        *(({"cookie": f"{COOKIE}={token('gold')}{odd}"}, 302) for odd in ("\xa0", "\x85", '"', "\\")),
        ({"cookie": f"{COOKIE}={token('stranger')}"}, 302),
    ],
)
def test_refusals_are_said_in_two_ways(ask: Ask, changed: Mapping[str, str], status: int) -> None:
    asked = of("/pricing/") | changed
    plain, headers = ask("/check", **asked)
    assert plain == status and "x-prm-file" not in headers
    refused, more = ask("/check/auth-request", **asked)
    assert (refused, more["x-prm-status"]) == (401, str(status))
    assert more.get("location") == headers.get("location")
    assert ("location" in headers) == (status == 302)


def test_what_no_header_can_say_is_not_there(ask: Ask) -> None:
    for byte in range(128):
        for path in (f"/a.csv%{byte:02x}", f"/%{byte:02x}a.csv"):
            status, headers = ask("/check", **of(path))
            named = headers.get("x-prm-file", "")
            assert (status == 204) == bool(named) and status in (204, 302, 404), path
            assert named == named.strip(), path
    status, headers = ask("/check", **of("/a.csv%20"))
    assert status == 404 and headers["x-prm-missing"].endswith("/404.html")
    assert ask("/check/auth-request", **of("/a.csv%20"))[1]["x-prm-status"] == "404"


def test_without_what_was_asked_for_there_is_nothing(ask: Ask) -> None:
    assert ask("/check")[0] == 404
    assert ask("/check", x_forwarded_uri="/")[0] == 404
    assert ask("/pricing/")[0] == 404
    assert ask("/")[0] == 404


def test_where_the_store_cannot_be_read_nobody_gets_anything(ask: Ask, made: Published) -> None:
    """Last, as it changes what is there."""
    assert ask("/check", **of("/"))[0] == 204
    records = made.folder / "deployments"
    records.rename(made.folder / "gone")
    assert ask("/check", **of("/"))[0] == 204, "what is live stays known"
    assert ask("/api/receipt?page=pricing/", **of("/"))[0] == 503
    made.sessions.lost = True
    assert ask("/check", **of("/"))[0] == 503
    assert ask("/check/auth-request", **of("/"))[1]["x-prm-status"] == "503"
    made.sessions.lost = False
    for name in revocations("u", "s", "gold"):
        made.sessions.entries[name] = str(NOW)
        assert ask("/check", **of("/"))[0] == 302
        assert ask("/check", **of("/", "silver"))[0] == (204 if name == "x/p/gold" else 302)
        del made.sessions.entries[name]
    assert ask("/check", **of("/"))[0] == 204
    (made.folder / "live").write_bytes(b"{}")
    assert ask("/check", **of("/"))[0] == 503
