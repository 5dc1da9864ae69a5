"""What an attacker would try, who has a good session of a silver partner: requests, as they go over the wire.

`` and ``{silver}`` stand for the folders of the portals' releases, ``{live}`` for the deployment.
"""

import base64
import hmac
import json
import time
from collections.abc import Mapping

from tests.chain.running import Chain

PATHS: Mapping[str, bytes] = {
    "what others may see": b"/gold/prices/",
    "its file": b"/gold/prices/index.html",
    "its file without a folder": b"/gold/list.pdf",
    "what nobody may see": b"/internal/margins/",
    "without the slash": b"/gold/prices",
    "in capitals": b"/GOLD/prices/",
    "with one capital": b"/gold/Prices/",
    "encoded letters": b"/%67old/prices/",
    "all letters encoded": b"/%67%6f%6c%64/%70%72%69%63%65%73/",
    "a query": b"/gold/prices/?portal=gold-emea",
    "a fragment": b"/gold/prices/#x",
    "a parameter": b"/gold;x=1/prices/",
    "the key of the object": b"/{gold}/gold/prices/index.html",
    "the key of another's search data": b"/{gold}/search/",
    "the key, encoded once": b"/portals%2f{portal}/gold/prices/index.html",
    "the key of one's own object": b"/{silver}/index.html",
    "the folder of portals": b"/portals/",
    "another portal": b"/portals/{portal}/",
    "what is one partner's alone": b"/partners/nordwind/index.html",
    "a relation manager's view": b"/managers/dana/index.html",
    "what lies beside portals": b"/static/404.html",
    "answer keys": b"/runtime/{live}/answers.json",
    "records": b"/deployments/{live}.json",
    "manifests": b"/deployments/manifests/{portal}/x.json",
    "the pointer": b"/live",
    "the pointer as a file": b"/live.json",
    "the lock": b"/lock",
    "dots": b"/../{portal}/index.html",
    "dots, twice": b"/../../{gold}/gold/prices/index.html",
    "dots inside": b"/silver/../gold/prices/",
    "dots at the end": b"/gold/prices/..",
    "one dot": b"/./gold/prices/",
    "one dot at the end": b"/gold/prices/.",
    "encoded dots": b"/%2e%2e/%2e%2e/{gold}/gold/prices/index.html",
    "encoded dots, capitals": b"/%2E%2E/{portal}/index.html",
    "one dot encoded": b"/.%2e/{portal}/index.html",
    "the other dot encoded": b"/%2e./{portal}/index.html",
    "dots and an encoded slash": b"/..%2f..%2f{gold}/gold/prices/index.html",
    "all of it encoded": b"/%2e%2e%2f%2e%2e%2f{gold}/gold/prices/index.html",
    "dots encoded twice": b"/%252e%252e/%252e%252e/{gold}/gold/prices/index.html",
    "dots encoded three times": b"/%25252e%25252e/{portal}/index.html",
    "a slash encoded twice": b"/..%252f..%252f{gold}/index.html",
    "digits half encoded": b"/%%32%65%%32%65/{portal}/index.html",
    "dots in overlong UTF-8": b"/%c0%ae%c0%ae/{portal}/index.html",
    "dots in longer UTF-8": b"/%e0%80%ae%e0%80%ae/{portal}/index.html",
    "a slash in overlong UTF-8": b"/..%c0%af..%c0%af{gold}/index.html",
    "a slash in UTF-16 escapes": b"/..%u2215{portal}/index.html",
    "a broken sequence": b"/gold%ff/prices/",
    "half a surrogate": b"/%ed%a0%80/gold/prices/",
    "fullwidth dots": b"/%ef%bc%8e%ef%bc%8e/{portal}/index.html",
    "a one-dot leader": b"/%e2%80%a4%e2%80%a4/{portal}/index.html",
    "fullwidth letters": b"/%ef%bd%87old/prices/",
    "a fullwidth slash": b"/gold%ef%bc%8fprices/",
    "a fraction slash": b"/gold%e2%81%84prices/",
    "another normal form": b"/gold/price%cc%a7s/",
    "a letter of no width": b"/go%e2%80%8bld/prices/",
    "a byte order mark": b"/%ef%bb%bfgold/prices/",
    "a null": b"/gold/prices/index.html%00",
    "a null and a suffix": b"/gold/prices/index.html%00.png",
    "a line feed": b"/gold/prices/%0aindex.html",
    "a header in the path": b"/%0d%0aX-Portal:%20gold-emea",
    "a tab": b"/gold/prices/%09",
    "a delete": b"/gold/prices/%7f",
    "a bare null": b"/gold/prices/\x00",
    "a bare byte": b"/gold/prices/\xe9/",
    "bare UTF-8": "/göld/prices/".encode(),
    "a bare space": b"/gold prices/",
    "two slashes": b"//gold/prices/",
    "two slashes inside": b"/gold//prices/",
    "two slashes before the key": b"//{gold}/gold/prices/index.html",
    "another host after slashes": b"//evil.example/gold/prices/",
    "three slashes": b"///gold/prices/",
    "a backslash": b"/gold\\prices\\",
    "an encoded backslash": b"/gold%5cprices%5cindex.html",
    "dots and backslashes": b"/..%5c..%5c{gold}/index.html",
    "a dot behind a parameter": b"/..;/{portal}/index.html",
    "a star": b"/gold/*",
    "braces": b"/gold/{prices}/",
    "no slash in front": b"gold/prices/",
    "a star alone": b"*",
    "an absolute form": b"http://{host}/gold/prices/",
    "an absolute form of the key": b"http://{host}/{gold}/gold/prices/index.html",
    "an absolute form of another host": b"http://evil.example/gold/prices/",
    "a file": b"file:///etc/passwd",
    "a long path": b"/gold/" + b"a" * 2100,
    "a long path that ends well": b"/" + b"./" * 1100 + b"gold/prices/",
    "a very long path": b"/" + b"a" * 9000,
    "a long encoded path": b"/" + b"%2e%2e/" * 400 + b"{portal}/index.html",
    "an older version": b"/gold/prices/?versionId=null",
    "a header by the query": b"/gold/prices/?response-content-type=text/html",
    "the page for what is not there": b"/404.html",
    "a well-known file": b"/.well-known/security.txt",
    "a git folder": b"/.git/config",
    "settings": b"/.env",
}

QUERIES = (
    b"/gold/prices/index.html",
    b"portal=gold-emea&partner=nordwind&role=sales",
    b"list-type=2&prefix=portals/",
    b"policy",
    b"versionId=null&response-content-type=text/html",
)
"""Queries, which change nothing."""

OTHERWISE: Mapping[str, tuple[bytes, bytes, bytes, bytes]] = {
    "POST": (b"POST", b"/gold/prices/", b"Content-Length: 0\r\n", b""),
    "PUT": (b"PUT", b"/gold/prices/index.html", b"Content-Length: 1\r\n", b"x"),
    "DELETE": (b"DELETE", b"/", b"", b""),
    "PATCH": (b"PATCH", b"/", b"Content-Length: 0\r\n", b""),
    "OPTIONS": (b"OPTIONS", b"/gold/prices/", b"Origin: https://evil.example\r\n", b""),
    "a preflight": (
        b"OPTIONS",
        b"/",
        b"Origin: https://evil.example\r\nAccess-Control-Request-Method: GET\r\n",
        b"",
    ),
    "HEAD": (b"HEAD", b"/gold/prices/", b"", b""),
    "a method in small letters": (b"get", b"/gold/prices/", b"", b""),
    "another method by a header": (b"GET", b"/gold/prices/", b"X-HTTP-Method-Override: PUT\r\n", b""),
    "the original URL": (b"GET", b"/nope/", b"X-Original-URL: /{gold}/gold/prices/index.html\r\n", b""),
    "a rewritten URL": (b"GET", b"/nope/", b"X-Rewrite-URL: /{gold}/gold/prices/index.html\r\n", b""),
    "an accelerated file": (b"GET", b"/nope/", b"X-Accel-Redirect: /{gold}/index.html\r\n", b""),
    "a forwarded host": (b"GET", b"/gold/prices/", b"X-Forwarded-Host: gold-emea\r\n", b""),
    "a forwarded prefix": (b"GET", b"/prices/", b"X-Forwarded-Prefix: /gold\r\n", b""),
    "a forwarded path": (
        b"GET",
        b"/nope/",
        b"X-Forwarded-Path: /gold/prices/\r\nX-Forwarded-Uri: /gold/prices/\r\n",
        b"",
    ),
    "a forwarded address": (
        b"GET",
        b"/gold/prices/",
        b"X-Forwarded-For: 127.0.0.1\r\nForwarded: for=127.0.0.1\r\n",
        b"",
    ),
    "a partner by a header": (b"GET", b"/gold/prices/", b"X-Partner: nordwind\r\nX-Portal: gold-emea\r\n", b""),
    "a range": (b"GET", b"/gold/prices/", b"Range: bytes=0-9\r\n", b""),
    "many ranges": (b"GET", b"/gold/list.pdf", b"Range: bytes=0-1,2-3,4-5\r\n", b""),
    "a range out of the file": (b"GET", b"/gold/list.pdf", b"Range: bytes=99999-\r\n", b""),
    "if it is another": (b"GET", b"/gold/prices/", b'If-None-Match: "x"\r\n', b""),
    "if it is there": (b"GET", b"/gold/prices/", b"If-Match: *\r\n", b""),
    "if it is not there": (b"GET", b"/gold/prices/", b"If-None-Match: *\r\n", b""),
    "if it is newer": (b"GET", b"/gold/prices/", b"If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT\r\n", b""),
    "if it is older": (b"GET", b"/gold/prices/", b"If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT\r\n", b""),
    "compressed": (b"GET", b"/gold/prices/", b"Accept-Encoding: gzip, br, zstd\r\n", b""),
    "in no encoding": (b"GET", b"/gold/prices/", b"Accept-Encoding: identity;q=0, *;q=0\r\n", b""),
    "asked to be cached apart": (b"GET", b"/gold/prices/", b"Cache-Control: no-cache\r\nPragma: no-cache\r\n", b""),
    "as AWS itself": (
        b"GET",
        b"/gold/prices/",
        b"X-Amz-Cf-Id: x\r\nX-Amz-Source-Arn: arn:aws:cloudfront::1:distribution/X\r\n",
        b"",
    ),
    "signed for the bucket": (
        b"GET",
        b"/gold/prices/",
        b"Authorization: AWS4-HMAC-SHA256 Credential=test/20261125/us-east-1/s3/aws4_request, "
        b"SignedHeaders=host, Signature=0\r\n",
        b"",
    ),
    "a request inside of another, by length": (
        b"GET",
        b"/nope/",
        b"Content-Length: 90\r\nTransfer-Encoding: chunked\r\n",
        b"0\r\n\r\nGET /{gold}/gold/prices/index.html HTTP/1.1\r\nHost: {host}\r\n\r\n",
    ),
    "a request inside of another, in pieces": (
        b"POST",
        b"/nope/",
        b"Transfer-Encoding: xchunked\r\nContent-Length: 4\r\n",
        b"0\r\n\r\nGET /{gold}/gold/prices/index.html HTTP/1.1\r\nHost: {host}\r\n\r\n",
    ),
    "two lengths": (b"POST", b"/nope/", b"Content-Length: 0\r\nContent-Length: 5\r\n", b"GET /"),
    "two hosts": (b"GET", b"/gold/prices/", b"Host: gold-emea\r\n", b""),
    "a folded header": (b"GET", b"/gold/prices/", b"X-A: a\r\n /{gold}/index.html\r\n", b""),
    "a header with a space": (b"GET", b"/gold/prices/", b"X-Original-URL : /{gold}/index.html\r\n", b""),
}
"""Method, target, headers and body of requests that are odd in other ways than their path."""


def forged(live: Chain) -> Mapping[str, tuple[str, ...]]:
    """Return session cookies of which none may let anybody in: what is odd about them → their values."""
    silver, gold = live.token("arbor"), live.token("nordwind", bytes(32))
    head, body, signature = silver.split(".")
    gold_body = gold.split(".")[1]
    now = int(time.time())
    claims = {"sub": "u-1", "sid": "s-1", "partner": "nordwind", "role": "sales", "iat": now - 60, "exp": now + 3600}
    spelt = json.dumps(claims, separators=(",", ":"))

    def unsigned(header: object, tail: str = "") -> str:
        return f"{_encoded(json.dumps(header))}.{gold_body}.{tail}"

    def signed(header: str | None = None, payload: str | None = None, **changed: object) -> str:
        text = header if header is not None else f'{{"alg":"HS256","kid":"{live.kid}","typ":"JWT"}}'
        said = (
            payload
            if payload is not None
            else json.dumps({k: v for k, v in (claims | changed).items() if v is not None}, separators=(",", ":"))
        )
        both = f"{_encoded(text)}.{_encoded(said)}"
        return f"{both}.{_encoded(hmac.digest(live.secret, both.encode(), 'sha256'))}"

    def header(**fields: object) -> str:
        return signed(json.dumps({"alg": "HS256", "kid": live.kid, "typ": "JWT"} | fields, separators=(",", ":")))

    one = {
        "another's claims under one's own signature": f"{head}.{gold_body}.{signature}",
        "a wrong key": gold,
        "an empty key": f"{head}.{gold_body}.{_encoded(hmac.digest(b'', f'{head}.{gold_body}'.encode(), 'sha256'))}",
        "the last letter gone": silver[:-1],
        "ten letters gone": silver[:-10],
        "no signature": f"{head}.{body}.",
        "no signature and no dot": f"{head}.{body}",
        "a signature alone": f"..{signature}",
        "a part more": f"{silver}.{signature}",
        "a letter more": f"{silver}A",
        "padding": f"{silver}=",
        "the signature's last bits": silver[:-1] + _next(silver[-1]),
        "other letters of base64": silver.replace("-", "+").replace("_", "/") + "+",
        "alg none": unsigned({"alg": "none", "typ": "JWT"}),
        "alg none with a key": unsigned({"alg": "none", "kid": live.kid, "typ": "JWT"}),
        "alg None": unsigned({"alg": "None", "kid": live.kid, "typ": "JWT"}, signature),
        "alg nOnE": unsigned({"alg": "nOnE", "kid": live.kid, "typ": "JWT"}, signature),
        "no alg": unsigned({"kid": live.kid, "typ": "JWT"}, signature),
        "alg HS512": header(alg="HS512"),
        "alg RS256": header(alg="RS256"),
        "a list of algs": header(alg=["HS256"]),
        "a key of one's own": header(jwk={"kty": "oct", "k": "AAAA"}),
        "a place for keys": header(jku="https://evil.example/keys.json"),
        "something critical": header(crit=["exp"]),
        "spaces in the header": signed(json.dumps({"alg": "HS256", "kid": live.kid, "typ": "JWT"})),
        "another order": signed(f'{{"kid":"{live.kid}","alg":"HS256","typ":"JWT"}}'),
        "two kids": signed(f'{{"alg":"HS256","kid":"{live.kid}","kid":"two","typ":"JWT"}}'),
        "no such kid": header(kid="two"),
        "kid: the pointer": header(kid="../live"),
        "kid: a path": header(kid="../../../../dev/null"),
        "kid: another entry": header(kid="x/all"),
        "kid: itself with a slash": header(kid=f"/{live.kid}"),
        "kid: empty": header(kid=""),
        "kid: a query": header(kid=f"{live.kid}' OR '1'='1"),
        "kid: a number": header(kid=1),
        "kid: a null": header(kid=f"{live.kid}\x00"),
        "kid: a prototype": header(kid="__proto__"),
        "kid: long": header(kid=live.kid * 20),
        "expired": signed(iat=now - 7200, exp=now - 1),
        "of tomorrow": signed(iat=now + 86400, exp=now + 90000),
        "ends before it begins": signed(iat=now, exp=now - 10),
        "never ends": signed(exp=None),
        "ends as a text": signed(exp=str(now + 3600)),
        "ends at no whole second": signed(exp=now + 0.5),
        "ends in another million years": signed(payload=spelt.replace(str(now + 3600), "1e99")),
        "began at another spelling of an instant": signed(payload=spelt.replace(str(now - 60), f"{now - 60}.0")),
        "a portal": signed(portal="gold-emea"),
        "no partner": signed(partner=None),
        "partners": signed(partner=["nordwind", "arbor"]),
        "a partner with a role in it": signed(partner="nordwind/sales"),
        "a partner's parent": signed(partner=".."),
        "a partner in capitals": signed(partner="Nordwind"),
        "an unknown partner": signed(partner="nobody"),
        "an unknown role": signed(role="admin"),
        "a star for a role": signed(role="*"),
        "claims as a list": signed(payload=json.dumps(list(claims.values()))),
        "claims that are null": signed(payload="null"),
        "claims that are no JSON": signed(payload="{'partner': 'nordwind'}"),
        "a long one": signed(sub="u" * 64, sid="s" * 1000),
        "an address for a subject": signed(sub="mary@nordwind.example"),
        "quotes around it": f'"{silver}"',
        "encoded": silver.replace(".", "%2E"),
        "empty": "",
        "no token at all": "nordwind",
        "letters beyond ASCII": "é.ü.ß",
    }
    return {
        **{what: (value,) for what, value in one.items()},
        "none": (),
        "two good ones": (silver, live.token("nordwind")),
        "the same twice": (silver, silver),
        "a bad one after a good one": (silver, "x"),
        "a good one after a bad one": ("x", silver),
    }


def elsewhere(live: Chain) -> Mapping[str, tuple[bytes, bytes]]:
    """Return good sessions where none is looked for: target and headers."""
    good = live.token("nordwind").encode()
    return {
        "in the query": (b"/gold/prices/?__Host-prm=" + good, b""),
        "as a bearer": (b"/gold/prices/", b"Authorization: Bearer " + good + b"\r\n"),
        "under another name": (b"/gold/prices/", b"Cookie: prm=" + good + b"\r\n"),
        "under a name in small letters": (b"/gold/prices/", b"Cookie: __host-prm=" + good + b"\r\n"),
        "under a longer name": (b"/gold/prices/", b"Cookie: __Host-prm2=" + good + b"\r\n"),
        "inside another cookie": (b"/gold/prices/", b'Cookie: a="; __Host-prm =' + good + b'"\r\n'),
        "in a header": (b"/gold/prices/", b"__Host-prm: " + good + b"\r\n"),
    }


def _encoded(data: str | bytes) -> str:
    raw = data.encode() if isinstance(data, str) else data
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _next(letter: str) -> str:
    """Return another letter that base64 decodes to the same bits where it ends a text of 32 bytes."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    at = letters.index(letter)
    return letters[at + 1 if at % 4 != 3 else at - 1]
