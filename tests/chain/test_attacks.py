"""The list of attacks: through the whole chain, over a bare socket; and against the rule alone, in both languages."""

import time
from pathlib import Path

import boto3
import pytest

import prmbuild.access
from prmbuild.access.entries import LIVE, revocations
from prmbuild.access.rule import Get, Go, Nothing, answer
from prmbuild.infra.distribution import ERROR_PAGE
from prmbuild.infra.role import POINTERS, WRITTEN
from prmbuild.security_headers import INERT, PORTAL, PROTECTION
from tests.access.test_rule import by_edge, by_python
from tests.chain.attacks import OTHERWISE, PATHS, QUERIES, elsewhere, forged
from tests.chain.running import GOLD, NOBODY, SILVER, Answer, Chain

pytestmark = pytest.mark.xdist_group("s3")

EDGE = Path(prmbuild.access.__file__).with_name("edge.js")

REFUSED = (302, 400, 404, 405, 412, 414, 416, 431, 501)
"""Statuses that say nothing of what is there. Over 400, those of requests that are none."""

OWN = ("via", "x-amz-cf-id", "x-amz-cf-pop", "x-cache", "date")
"""Headers that differ from answer to answer."""


def filled(live: Chain, text: bytes) -> bytes:
    places = {
        b"{gold}": live.prefix("nordwind").encode(),
        b"{silver}": live.prefix("arbor").encode(),
        b"{portal}": live.prefix("nordwind").split("/")[1].encode(),
        b"{live}": live.entered[LIVE].split(" ")[0].encode(),
        b"{host}": live.host.encode(),
    }
    for name, value in places.items():
        text = text.replace(name, value)
    return text


def tells(found: Answer) -> str:
    """Say what an answer tells that it must not; nothing where it tells nothing."""
    said = found.body + repr(sorted(found.headers.items())).encode()
    if found.status not in REFUSED:
        return f"status {found.status}"
    for canary in (GOLD, NOBODY, "AccessDenied", "NoSuchKey", "<Error>", "Traceback", "arn:aws"):
        if canary.encode().lower() in said.lower():
            return canary
    return ""


def plain(found: Answer) -> tuple[object, ...]:
    return found.status, sorted((k, v) for k, v in found.headers.items() if k not in OWN), found.body


def test_everybody_gets_their_own(live: Chain) -> None:
    silver, gold = live.token("arbor"), live.token("nordwind")
    assert GOLD.encode() in live.ask(b"/gold/prices/", gold).body
    assert GOLD.encode() in live.ask(b"/gold/list.pdf", gold).body
    assert SILVER.encode() in live.ask(b"/silver/offer/", silver).body
    part = live.ask(b"/gold/list.pdf", gold, headers=b"Range: bytes=9-14\r\n")
    assert (part.status, part.body) == (206, GOLD.encode()[:6])
    whole = live.ask(b"/gold/list.pdf", gold)
    head = live.ask(b"/gold/list.pdf", gold, method=b"HEAD")
    assert (head.status, head.body) == (200, b"") and head.headers["etag"] == whole.headers["etag"]
    same = live.ask(b"/gold/list.pdf", gold, headers=f"If-None-Match: {whole.headers['etag']}\r\n".encode())
    assert (same.status, same.body) == (304, b"")
    assert whole.headers["cache-control"] == "private, no-cache"
    assert live.ask(b"/robot", silver).headers["location"] == "/robot/"
    assert "you are not signed in" in live.ask(b"/sign-in/").body.decode().lower()


def test_answers_say_what_browsers_may_do(live: Chain) -> None:
    good = live.token("arbor")
    for path, policy in ((b"/robot/", PORTAL), (b"/nothing/", PORTAL), (b"/robot.svg", INERT)):
        headers = live.ask(path, good).headers
        assert headers["content-security-policy"] == policy.lower()
        assert headers["strict-transport-security"].startswith("max-age=63072000")
        assert headers.items() >= {name.lower(): value.lower() for name, value in PROTECTION.items()}.items()
        assert [name for name in headers if name.startswith(("x-amz-meta", "x-amz-version"))] == []
    page = live.ask(b"/robot/", good)
    assert page.headers["content-encoding"] == "gzip" and b"The robot" in page.body


def test_what_is_not_visible_is_like_what_does_not_exist(live: Chain) -> None:
    silver = live.token("arbor")
    for hidden, missing in (
        (b"/gold/prices/", b"/gold/nothing/"),
        (b"/gold/list.pdf", b"/gold/nothing.pdf"),
        (b"/gold/", b"/none/"),
        (b"/internal/margins/", b"/nothing/at-all/"),
    ):
        assert plain(live.ask(hidden, silver)) == plain(live.ask(missing, silver))
    hidden, missing = live.ask(b"/gold/prices", silver), live.ask(b"/gold/nothing", silver)
    assert (hidden.status, hidden.headers["location"]) == (302, "/gold/prices/")
    assert (missing.status, missing.headers["location"]) == (302, "/gold/nothing/")
    for path in (b"/gold/prices/", b"/gold/nothing/"):
        assert live.ask(path).headers["location"].startswith("/sign-in/?to=")


def test_odd_paths(live: Chain) -> None:
    silver = live.token("arbor")
    told = {what: tells(live.ask(filled(live, path), silver)) for what, path in PATHS.items()}
    assert {what: why for what, why in told.items() if why} == {}
    assert len(PATHS) >= 60
    home = plain(live.ask(b"/", silver))
    assert [query for query in QUERIES if plain(live.ask(b"/?" + query, silver)) != home] == []


def test_odd_requests(live: Chain) -> None:
    silver = live.token("arbor")
    told = {
        what: tells(
            live.ask(
                filled(live, target), silver, method=method, headers=filled(live, headers), body=filled(live, body)
            )
        )
        for what, (method, target, headers, body) in OTHERWISE.items()
    }
    assert {what: why for what, why in told.items() if why} == {}


def test_methods_that_cloudfront_itself_refuses(live: Chain) -> None:
    silver = live.token("arbor")
    for method in (b"TRACE", b"CONNECT", b"NONSENSE"):
        hidden, missing = (live.ask(path, silver, method=method) for path in (b"/gold/prices/", b"/nope/"))
        assert hidden.status == missing.status and hidden.status >= 400
        assert GOLD.encode() not in hidden.body and b"__Host-prm" not in hidden.body


def test_forged_sessions(live: Chain) -> None:
    found = {what: live.ask(b"/silver/offer/", *cookies) for what, cookies in forged(live).items()}
    found |= {what: live.ask(target, headers=headers) for what, (target, headers) in elsewhere(live).items()}
    wrong = {what: (one.status, tells(one)) for what, one in found.items() if one.status != 302 or tells(one)}
    assert wrong == {}
    assert {one.headers["location"].split("?")[0] for one in found.values()} == {"/sign-in/"}


def test_each_way_to_revoke(live: Chain) -> None:
    good, later = live.token("arbor"), live.token("arbor", iat=int(time.time()) + 30)
    for name in revocations("u-1", "s-1", "arbor"):
        live.enter({name: str(int(time.time()))})
        try:
            assert live.ask(b"/silver/offer/", good).headers["location"].startswith("/sign-in/"), name
            assert live.ask(b"/silver/offer/", later).status == 200, f"{name}: signed in again"
            live.enter({name: "never"})
            assert live.ask(b"/silver/offer/", later).status == 302, f"{name}: what cannot be read revokes"
        finally:
            live.enter({}, [name])
        assert live.ask(b"/silver/offer/", good).status == 200
    live.enter({"x/p/nordwind": str(int(time.time()))})
    assert live.ask(b"/silver/offer/", good).status == 200, "another partner's revocation"
    live.enter({}, ["x/p/nordwind"])


def test_the_rule_alone_in_both_languages(live: Chain) -> None:
    now, own = int(time.time()), f"{live.prefix('arbor')}/"

    def case(path: bytes, cookies: tuple[str, ...]) -> dict[str, object]:
        text = path.decode("latin-1").partition("?")[0]
        return {"method": "GET", "path": text, "cookies": list(cookies), "entries": dict(live.entered), "now": now}

    good = (live.token("arbor"),)
    odd = [case(filled(live, path), good) for path in PATHS.values()]
    odd += [case(b"/gold/prices/", cookies) for cookies in forged(live).values()]
    controls = [case(b"/gold/prices/", (live.token("nordwind"),)), case(b"/silver/offer/", good)]
    cases = [*odd, *controls]
    assert by_edge(cases) == [by_python(one) for one in cases]
    for one in odd:
        match answer("GET", str(one["path"]), tuple(one["cookies"]), live.entered.get, now):  # type: ignore[arg-type]
            case Get(key):
                assert key.startswith(own), one["path"]
                missing = live.store.head(key) is None or key == f"{own}index.html"
                assert missing, one["path"]
            case Go(location):
                assert location.startswith("/sign-in/?to=") or location == f"{one['path']}/"
            case Nothing():
                pass
    assert by_python(controls[0]) == f"{live.prefix('nordwind')}/gold/prices/index.html"


def test_the_role_may_write_what_deployments_write_and_no_more(live: Chain) -> None:
    keys = {found.key for found in live.store.listed("")} - {ERROR_PAGE}
    folders = {key.split("/")[0] for key in keys if "/" in key}
    assert {key for key in keys if "/" not in key} == set(POINTERS)
    assert folders == {"portals", "deployments", "runtime"} and folders < set(WRITTEN)


def test_the_list_finds_a_hole(live: Chain) -> None:
    """With a function that lets paths through, another portal's page is seen; records are not: the bucket refuses."""
    cloudfront = boto3.client("cloudfront", region_name="us-east-1", endpoint_url=live.endpoint)
    distribution = next(
        one for one in cloudfront.list_distributions()["DistributionList"]["Items"] if one["DomainName"] == live.host
    )
    arn = distribution["DefaultCacheBehavior"]["FunctionAssociations"]["Items"][0]["FunctionARN"]
    name = arn.rsplit("/", 1)[-1]

    def publish(code: str) -> None:
        told = cloudfront.describe_function(Name=name, Stage="DEVELOPMENT")
        config = told["FunctionSummary"]["FunctionConfig"]
        cloudfront.update_function(Name=name, IfMatch=told["ETag"], FunctionConfig=config, FunctionCode=code.encode())
        cloudfront.publish_function(
            Name=name, IfMatch=cloudfront.describe_function(Name=name, Stage="DEVELOPMENT")["ETag"]
        )

    rule = EDGE.read_text("utf-8")
    try:
        publish(
            rule.replace("const raw = request.uri;", "const raw = request.uri;\n  if (raw.length > 1) return request;")
        )
        silver = live.token("arbor")
        hole = live.ask(filled(live, PATHS["the key of the object"]), silver)
        assert GOLD.encode() in hole.body and tells(hole)
        for what in ("records", "the pointer", "the lock", "answer keys"):
            assert tells(live.ask(filled(live, PATHS[what]), silver)) == "", what
        assert live.store.head(f"deployments/{live.entered[LIVE].split()[0]}.json") is not None
        assert live.store.head("live") is not None
    finally:
        publish(rule)
    assert tells(live.ask(filled(live, PATHS["the key of the object"]), live.token("arbor"))) == ""
