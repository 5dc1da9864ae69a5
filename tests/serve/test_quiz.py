import json

import pytest

from prmbuild.serve.app import LARGEST_BODY
from tests.serve.client import Client

ATTEMPTS = "/api/courses/basics/attempts"


def attempt(client: Client, answers: object, **headers: str) -> tuple[int, object]:
    answer = client.post(ATTEMPTS, json.dumps({"answers": answers}).encode(), **headers)
    return answer.status, answer.json


def test_a_quiz_is_marked(gold: Client) -> None:
    status, marked = attempt(gold, {"one": [0], "two": [2, 0]}, origin="http://127.0.0.1:8000")
    assert status == 200
    assert marked == {
        "score": 1.0,
        "passed": True,
        "pass_mark": 0.8,
        "questions": [
            {"id": "one", "correct": True, "explanation": "Because of one."},
            {"id": "two", "correct": True, "explanation": "Because of two."},
        ],
        "recorded": False,
    }


@pytest.mark.parametrize(
    ("answers", "score"),
    [({}, 0), ({"one": [0]}, 0.5), ({"one": [0], "two": [0]}, 0.5), ({"one": [0, 1], "two": [0, 1, 2]}, 0)],
)
def test_a_question_is_right_when_all_of_it_is(gold: Client, answers: dict[str, list[int]], score: float) -> None:
    status, marked = attempt(gold, answers)
    assert status == 200
    assert isinstance(marked, dict)
    assert (marked["score"], marked["passed"]) == (score, False)
    assert "options" not in json.dumps(marked)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b"{}",
        b'{"answers": []}',
        b'{"answers": {}, "more": 1}',
        b'{"answers": {"three": [0]}}',
        b'{"answers": {"one": 0}}',
        b'{"answers": {"one": [2]}}',
        b'{"answers": {"one": [-1]}}',
        b'{"answers": {"one": [true]}}',
        b'{"answers": {"one": [0.0]}}',
        b'{"answers": {"one": ["0"]}}',
        b'{"answers": {"one": [[]]}}',
        b'{"answers": {"one": [' + b"9" * 5000 + b"]}}",
        b"[" * 60000,
    ],
)
def test_what_is_no_attempt_is_refused(gold: Client, body: bytes) -> None:
    answer = gold.post(ATTEMPTS, body)
    assert answer.status == 400
    assert isinstance(answer.json, dict) and set(answer.json) == {"error"}


def test_a_quiz_of_another_portal_is_as_absent_as_one_that_nobody_has(silver: Client, stranger: Client) -> None:
    absent = silver.post(ATTEMPTS, b"{}")
    assert absent.status == 404
    assert silver.post("/api/courses/nothing/attempts", b"{}") == absent
    assert stranger.post(ATTEMPTS, b"{}").status == 401
    assert stranger.post("/api/courses/nothing/attempts", b"{}") == stranger.post(ATTEMPTS, b"{}")


def test_other_sites_cannot_ask(gold: Client) -> None:
    assert attempt(gold, {}, origin="https://vendor.example")[0] == 400


def test_an_attempt_has_a_size(gold: Client) -> None:
    assert gold.post(ATTEMPTS, b" " * (LARGEST_BODY + 1)).status == 413


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_there_is_nothing_else_below_api(gold: Client, method: str) -> None:
    assert gold.request(method, ATTEMPTS).status == 404
    assert gold.post("/api/courses/basics/attempts/", b"{}").status == 404
    assert gold.post("/api/deals", b"{}").status == 404
