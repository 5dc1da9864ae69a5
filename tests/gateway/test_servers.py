"""Portals in a directory behind nginx and Caddy, with the configurations that prmbuild prints: partners read, strangers
and odd requests get nothing.
"""

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from prmbuild.access.entries import revocations
from prmbuild.access.rule import COOKIE
from prmbuild.gateway.configuration import Server
from prmbuild.records.live import shown
from prmbuild.records.receipts import Receipt, read_receipt
from prmbuild.security_headers import INERT, PORTAL
from tests.gateway.running import NOW, PORTALS, Web, published, serving, token
from tests.publish.sites import put_live, site

pytestmark = pytest.mark.xdist_group("web servers")


@pytest.fixture(scope="module", params=list(Server), ids=lambda server: server.name.lower())
def web(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    folder = tmp_path_factory.mktemp("web")
    with serving(request.param, published(folder), folder / "server") as made:
        yield made


@pytest.mark.parametrize("partner", list(PORTALS))
def test_partners_read_their_portal_and_nothing_else(web: Web, partner: str) -> None:
    for path, text in PORTALS[partner].items():
        url = quote(path.removesuffix("index.html"))
        answer = web.get(f"/{url}", partner)
        assert answer.status == (404 if path == "404.html" else 200), path
        assert answer.body == text.encode(), path
        head = web.get(f"/{url}", partner, "HEAD")
        assert (head.status, head.body) == (answer.status, b"")
    (other,) = PORTALS.keys() - {partner}
    answer = web.get(f"/{other}-only/", partner)
    assert (answer.status, answer.body) == (404, PORTALS[partner]["404.html"].encode())


def test_files_are_served_as_what_they_are(web: Web) -> None:
    kinds = {
        "/": "text/html; charset=utf-8",
        "/pricing/list.pdf": "application/pdf",
        "/drawing.svg": "image/svg+xml",
        "/plan.SVG": "image/svg+xml",
        "/nothing.pdf": "text/html; charset=utf-8",
        "/nothing.svg": "text/html; charset=utf-8",
    }
    for path, kind in kinds.items():
        answer = web.get(path)
        assert answer.headers["content-type"] == kind, path
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "SAMEORIGIN"
        assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["content-security-policy"] == (INERT if kind == "image/svg+xml" else PORTAL)
        assert answer.headers["cache-control"] == ("no-store" if answer.status == 404 else "private, no-cache")
        assert not [name for name in answer.headers if name.startswith("x-prm-")]
    packed = web.get("/pricing/", accept_encoding="gzip")
    assert packed.headers["content-encoding"] == "gzip"
    assert len(packed.body) < len(PORTALS["gold"]["pricing/index.html"])


def test_what_a_browser_has_is_not_sent_again_but_to_another_portal(web: Web) -> None:
    answer = web.get("/pricing/")
    tag = answer.headers["etag"]
    assert "last-modified" not in answer.headers
    again = web.get("/pricing/", if_none_match=f'"other", {tag}')
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
    date = "Fri, 31 Dec 2099 23:59:59 GMT"
    other = web.get("/pricing/", "silver", if_none_match=tag, if_modified_since=date)
    assert (other.status, other.body) == (200, PORTALS["silver"]["pricing/index.html"].encode())


@pytest.mark.parametrize(("path", "policy"), [("/pricing/", PORTAL), ("/drawing.svg", INERT), ("/plan.SVG", INERT)])
def test_that_nothing_changed_is_said_with_the_same_headers(web: Web, path: str, policy: str) -> None:
    tag = web.get(path).headers["etag"]
    again = web.get(path, if_none_match=tag)
    assert (again.status, again.headers["content-security-policy"]) == (304, policy)
    assert again.headers["cache-control"] == "private, no-cache"
    assert not [name for name in again.headers if name.startswith("x-prm-")]


def test_parts_are_never_of_another_release(web: Web) -> None:
    for known in (
        'W/"another"',
        web.get("/pricing/list.pdf", "silver").headers["etag"],
        "Fri, 31 Dec 2099 23:59:59 GMT",
    ):
        answer = web.get("/pricing/list.pdf", range="bytes=0-3", if_range=known)
        assert (answer.status, answer.body) == (200, b"gold list"), known


def test_parts_of_files_can_be_had(web: Web) -> None:
    answer = web.get("/pricing/list.pdf", range="bytes=0-3")
    assert (answer.status, answer.body) == (206, b"gold")
    assert web.get("/pricing/list.pdf", range="bytes=900-").status == 416
    assert web.get("/silver-only/", range="bytes=0-3").status == 404


def test_whoever_is_not_signed_in_is_sent_to_do_so(web: Web) -> None:
    answer = web.get("/pricing/", None)
    assert (answer.status, answer.headers["location"]) == (302, "/sign-in/?to=%2Fpricing%2F")
    assert answer.headers["cache-control"] == "no-store"
    assert web.get("/pricing").headers["location"] == "/pricing/"
    assert web.get("/sign-in/?to=%2F", None).status == 200
    for cookie in (
        "",
        f"{COOKIE}=",
        f"{COOKIE}={token('gold', secret=b'x' * 32)}",
        f"{COOKIE}={token('gold')}x",
        f"{COOKIE}={token('gold')}; {COOKIE}={token('silver')}",
        f"{COOKIE.lower()}={token('gold')}",
        f"{COOKIE}={token('stranger')}",
    ):
        answer = web.raw("GET", "/pricing/", {"cookie": cookie})
        assert (answer.status, answer.body.count(b"prices")) == (302, 0), cookie


ODD = (
    "/../silver/index.html",
    "/../../deployments/live.json",
    "/%2e%2e/silver/index.html",
    "/.%2e/.%2E/live",
    "/%2e%2e%2fsilver/index.html",
    "/..%2f..%2flive",
    "/..%5clive",
    "/%252e%252e/live",
    "/%252e%252e%252flive",
    "/pricing/../silver-only/",
    "/pricing/%2e%2e/silver-only/",
    "/pricing/./",
    "/pricing/%2e/",
    "//pricing/",
    "/pricing//",
    "//silver/",
    "/pricing%2f",
    "/pricing%5c",
    "/pricing\\",
    "/pricing/%00",
    "/pricing/index.html%00.pdf",
    "/%c0%ae%c0%ae/live",
    "/%ff",
    "/%",
    "/%zz",
    "/pricing/%0d%0aX-Prm-File:silver/x/index.html",
    "/pricing/;/../silver-only/",
    "/pricing/\u00fc",
    "/portals/silver/index.html",
    "/silver/index.html",
    "/../portals/silver/index.html",
    "/live",
    "/lock",
    "/deployments/",
    "/runtime/sessions.json",
    "/.prmbuild-store/lock",
    "/_prm/check",
    "/_prm/missing",
    "/%5fprm/missing",
    "/x/../_prm/missing",
    "/_prm/check/",
    "/check",
    "/check/auth-request",
    "/api/",
    "/api/../silver-only/",
    "/api/..%2fsilver-only/",
    "/api/receipt",
    "/api/receipt?page=silver-only/",
    "/api/receipt?page=../silver-only/",
    "/api/receipt/../../silver-only/",
    "/sign-in/../silver-only/",
    "/404.html",
    "/404%2ehtml",
    "/INDEX.HTML",
    "/pricing/LIST.PDF",
    "/pricing/?x=/../silver",
    "/?../../live",
    "/pricing/%2f/",
    f"/{'a' * 3000}/",
    f"/{'a/' * 1500}",
)


@pytest.mark.parametrize("partner", ["gold", None])
def test_odd_requests_get_nothing_of_others(web: Web, partner: str | None) -> None:
    now = shown(web.published.store)
    assert now is not None
    release = now.deployment.portals["silver"].release
    paths = (*ODD, f"/silver/{release}/index.html", f"/../silver/{release}/index.html", f"/%2e%2e/silver/{release}/")
    for path in paths:
        answer = web.get(path, partner)
        assert answer.status in (200, 302, 400, 404, 414), path
        assert answer.status != 200 or path.split("?")[0] in ("/", "/pricing/"), path
        told = answer.body.replace(path.encode(), b"")
        assert b"silver" not in told and b"SECRET" not in told, path
        assert partner is not None or b"gold" not in told, path


NOTHING = b"There is nothing here."


@pytest.mark.parametrize(
    "path", ["//", "/%2e%2e/", "/a/..%3F.html", "/index.html%3F.png", "/_prm/check", "/_prm/missing"]
)
def test_strangers_get_the_plain_answer_where_nothing_can_be(web: Web, path: str) -> None:
    answer = web.get(path, None)
    if (path.startswith("/_prm/") and answer.status == 302) or answer.status == 400:
        return  # an address like any other where the server has none of its own; what nginx refuses by itself
    assert (answer.status, answer.body.strip()) == (404, NOTHING)
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "/index.html%3F.png",
        "/drawing.svg%20",
        "/pricing/list.pdf%20%20",
        "/drawing.svg%C2%A0",
        "/drawing.svg%3F.js",
        "/pricing/..%3F.html",
        "/%7Bhttp.request.header.Cookie%7D.html",
        f"/{'%F0%9F%98%80' * 170}.html",
    ],
)
def test_a_name_is_taken_whole_or_not_at_all(web: Web, path: str) -> None:
    answer = web.get(path)
    assert (answer.status, answer.body) == (404, b"gold has nothing there")
    assert answer.headers["cache-control"] == "no-store"


def test_long_paths_are_remembered_for_after_the_sign_in(web: Web) -> None:
    for path, at in (("/" + "&" * 2000, ""), ("/api/receipt?page=" + "&" * 2000, "%2F")):
        answer = web.get(path, None)
        assert answer.status == 302, path[:20]
        assert answer.headers["location"].startswith(f"/sign-in/?to={at or '%2F'}%2")


def test_nothing_is_written_down_about_who_asks(web: Web) -> None:
    for partner in ("gold", None):
        for path in (
            "/logged-page/",
            "/logged-page.html",
            "//logged-page",
            "/sign-in/?to=%2Flogged-page",
            f"/{'logged' * 50}.html",
        ):
            web.get(path, partner, user_agent="logged-agent", referer="logged-page", x_forwarded_for="192.0.2.77")
    web.published.sessions.lost = True
    assert web.get("/logged-page/", user_agent="logged-agent").status == 503
    web.published.sessions.lost = False
    for told in (b"logged", b"192.0.2.77", b"remote_ip", b"client:"):
        assert told not in web.logged, told


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND", "TRACE", "get"])
def test_only_reading_is_possible(web: Web, method: str) -> None:
    answer = web.get("/pricing/", method=method)
    assert answer.status in (400, 404, 405, 501)
    assert b"prices" not in answer.body
    assert answer.headers["cache-control"] == "no-store" or answer.status == 400


def test_clients_cannot_speak_as_the_web_server(web: Web) -> None:
    now = shown(web.published.store)
    assert now is not None
    file = f"silver/{now.deployment.portals['silver'].release}/index.html"
    for partner in ("gold", None):
        for headers in (
            {"x_prm_file": file, "x_prm_missing": file, "x_prm_status": "204"},
            {"x_forwarded_uri": "/silver-only/", "x_forwarded_method": "GET"},
            {"x_original_uri": "/silver-only/", "x_rewrite_url": "/silver-only/", "x_accel_redirect": f"/{file}"},
            {"x_http_method_override": "PUT", "forwarded": "for=127.0.0.1", "x_forwarded_for": "127.0.0.1"},
        ):
            for path in ("/nothing.pdf", "/", "//", "/_prm/missing", "/api/receipt?page=silver-only/"):
                assert b"silver" not in web.get(path, partner, **headers).body, (path, headers)


def test_receipts_are_of_the_viewers_own_portal(web: Web) -> None:
    answer = web.get("/api/receipt?page=gold-only/")
    assert answer.status == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="gold-only.receipt.json"'
    assert answer.headers["cache-control"] == "no-store"
    receipt = read_receipt(answer.body)
    assert isinstance(receipt, Receipt) and receipt.path == "gold-only/index.html"
    assert web.get("/api/receipt?page=silver-only/").status == 404
    signed_out = web.get("/api/receipt?page=gold-only/", None)
    assert (signed_out.status, signed_out.headers["location"]) == (302, "/sign-in/?to=%2Fgold-only%2F")


def test_what_changes_holds_with_the_next_request(web: Web) -> None:
    """Last, as it changes what is published."""
    made = web.published
    changed = {**PORTALS, "gold": {**PORTALS["gold"], "index.html": "gold home, new"}}
    put_live(made.store, site(made.folder.parent / "blobs", changed, "decade"), lambda: NOW)
    assert web.get("/").body == b"gold home, new"
    assert web.get("/pricing/list.pdf").body == b"gold list"
    name, *_ = revocations("u", "s", "gold")
    made.sessions.entries[name] = str(NOW)
    assert web.get("/").status == 302
    del made.sessions.entries[name]
    made.sessions.lost = True
    lost = web.get("/")
    assert (lost.status, lost.body.count(b"gold")) == (503, 0)
    made.sessions.lost = False
    live = made.folder / "live"
    kept = live.read_bytes()
    for spoilt in (b"", b"{}", kept[:-9]):
        live.write_bytes(spoilt)
        assert web.get("/").status == 503
    live.unlink()
    assert web.get("/").status == 503
    live.write_bytes(kept)
    assert web.get("/").status == 200
