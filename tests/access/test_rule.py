"""The access rule, as it stands in Python and in the edge's JavaScript: the same answers to the same requests."""

import hmac
import json
import subprocess
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import prmbuild.access
from prmbuild.access.rule import Get, Go, Nothing, answer
from prmbuild.access.tokens import Session, mint, read
from prmbuild.edge.limits import LARGEST_FUNCTION
from tests.access.test_paths import DATA as PATHS

HERE = Path(__file__).parent
EDGE = Path(prmbuild.access.__file__).parent / "edge.js"
DATA: dict[str, Any] = json.loads((HERE / "request_vectors.json").read_text("utf-8"))
SECRETS = {kid: bytes.fromhex(byte) * 32 for kid, byte in DATA["keys"].items()}
ENTRIES = DATA["entries"] | {f"k/{kid}": secret.hex() for kid, secret in SECRETS.items()}


def encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def token(recipe: str | dict[str, Any]) -> str:
    recipe = {} if recipe == "yes" else recipe
    assert isinstance(recipe, dict)
    if "text" in recipe:
        return str(recipe["text"])
    kid = recipe.get("kid", "one")
    header = recipe.get("header", f'{{"alg":"HS256","kid":"{kid}","typ":"JWT"}}')
    claims = DATA["session"] | recipe.get("claims", {})
    body = json.dumps({name: value for name, value in claims.items() if value is not None}, separators=(",", ":"))
    for spelt, otherwise in recipe.get("spelt", {}).items():
        assert spelt in body
        body = body.replace(spelt, otherwise)
    signed = f"{encoded(header.encode())}.{encoded(body.encode('utf-8', 'surrogateescape'))}{recipe.get('bits', '')}"
    signature = encoded(hmac.digest(SECRETS[recipe.get("key", kid)], signed.encode(), "sha256"))
    whole = f"{signed}.{signature}"
    return whole[: len(whole) - recipe.get("cut", 0)] + recipe.get("add", "")


def case(vector: dict[str, Any]) -> dict[str, Any]:
    entries = {name: value for name, value in (ENTRIES | vector.get("entries", {})).items() if value is not None}
    return {
        "method": vector.get("method", "GET"),
        "path": vector["path"].replace("*", "a" * vector["repeat"]) if "repeat" in vector else vector["path"],
        "cookies": [token(recipe) for recipe in vector["cookies"]],
        "entries": entries,
        "now": DATA["now"],
    }


def by_python(asked: dict[str, Any]) -> str:
    match answer(asked["method"], asked["path"], tuple(asked["cookies"]), asked["entries"].get, asked["now"]):
        case Get(key):
            return key
        case Go(location):
            return f"=> {location}"
        case Nothing():
            return "nothing"


def by_edge(cases: list[dict[str, Any]]) -> list[str]:
    run = subprocess.run(
        ["node", HERE / "edge.mjs", EDGE], input=json.dumps(cases), capture_output=True, text=True, check=True
    )
    return [said(given) for given in json.loads(run.stdout)]


def said(given: dict[str, Any]) -> str:
    if "uri" in given:
        assert given["cookies"] == given["querystring"] == {}
        return unquote(given["uri"], errors="strict").removeprefix("/")
    assert given["headers"]["cache-control"]["value"] == "no-store"
    if given["statusCode"] == 302:
        return f"=> {given['headers']['location']['value']}"
    assert given["statusCode"] == 404
    return "nothing"


def expected(vector: dict[str, Any]) -> str:
    return vector["expect"].replace("*", "a" * vector["repeat"]) if "repeat" in vector else vector["expect"]


@pytest.mark.parametrize("vector", DATA["vectors"], ids=lambda vector: json.dumps(vector)[:70])
def test_vectors(vector: dict[str, Any]) -> None:
    assert by_python(case(vector)) == expected(vector)


def test_the_edge_follows_the_vectors() -> None:
    found = by_edge([case(vector) for vector in DATA["vectors"]])
    assert found == [expected(vector) for vector in DATA["vectors"]]


def test_the_edge_follows_the_rule_of_paths() -> None:
    vectors = [
        {"path": v["path"], "cookies": ["yes"], **({"repeat": v["repeat"]} if "repeat" in v else {})}
        for v in PATHS["vectors"]
    ]
    cases = [case(vector) for vector in vectors]
    assert by_edge(cases) == [by_python(asked) for asked in cases]


@settings(max_examples=5, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.text("/.%2eEfF5cC0aäb\\\n \x80-+~?#", max_size=14).map(lambda tail: f"/{tail}"),
            st.sampled_from(["yes", {"add": "A"}, {"cut": 2}, {"claims": {"role": "technical"}}, {"text": "é.ü.ß"}]),
        ),
        min_size=150,
        max_size=150,
    )
)
def test_both_answer_alike(asked: list[tuple[str, Any]]) -> None:
    cases = [case({"path": path, "cookies": [recipe]}) for path, recipe in asked]
    assert by_edge(cases) == [by_python(one) for one in cases]


@settings(max_examples=2, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(['"', "{", "}", ":", ",", "u-1", "nordwind", "sales", "1799999000", "1800000900", "99"]),
            st.text('"{}:,.-+eE019au \\\n\x00\x80ä', max_size=4),
        ),
        min_size=150,
        max_size=150,
    )
)
def test_both_read_a_payload_alike(changed: list[tuple[str, str]]) -> None:
    cases = [case({"path": "/", "cookies": [{"spelt": {spelt: otherwise}}]}) for spelt, otherwise in changed]
    assert by_edge(cases) == [by_python(one) for one in cases]


def test_the_function_is_small_enough() -> None:
    assert EDGE.stat().st_size <= LARGEST_FUNCTION


def test_what_is_minted_is_read() -> None:
    session = Session(**DATA["session"])
    made = mint(session, "one", SECRETS["one"])
    assert read(made, SECRETS.get, DATA["now"]) == session
    for at in range(len(made)):
        for other in ("A", "b", ".", "=", ""):
            spoilt = made[:at] + other + made[at + 1 :]
            assert spoilt == made or read(spoilt, SECRETS.get, DATA["now"]) is None


@pytest.mark.parametrize(
    ("change", "kid", "secret"),
    [
        ({"partner": "Nordwind"}, "one", b"1" * 32),
        ({"sub": "mary@nordwind.example"}, "one", b"1" * 32),
        ({"exp": 1}, "one", b"1" * 32),
        ({"iat": 10**12 - 1, "exp": 10**12}, "one", b"1" * 32),
        ({}, "One", b"1" * 32),
        ({}, "one", b"1" * 31),
    ],
)
def test_unsound_tokens_are_not_minted(change: dict[str, Any], kid: str, secret: bytes) -> None:
    with pytest.raises(ValueError, match="makes a token"):
        mint(Session(**DATA["session"] | change), kid, secret)
