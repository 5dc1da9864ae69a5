"""Marking a quiz. The answer key stays here; nothing is kept."""

import json
from collections.abc import Mapping
from typing import cast

from prmbuild.authored.resource import Question
from prmbuild.serve.edition import Quiz


class UnreadableAttemptError(ValueError):
    """An attempt that cannot be marked; the message says why."""


def read_answers(body: bytes, quiz: Quiz) -> Mapping[str, frozenset[int]]:
    """Read ``{"answers": {question id: [option indexes]}}``; a question left out has no option chosen.

    Raises:
        UnreadableAttemptError: it is something else, or names questions or options that the quiz has not.
    """
    try:
        document: object = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnreadableAttemptError("the body is not JSON") from error
    answers = document.get("answers") if isinstance(document, dict) and set(document) == {"answers"} else None
    if not isinstance(answers, dict):
        raise UnreadableAttemptError('the body must be {"answers": {question id: [option indexes]}}')
    questions = {question.id: question for question in quiz.questions}
    return {name: _chosen(questions, name, value) for name, value in answers.items()}


def _chosen(questions: Mapping[str, Question], name: str, value: object) -> frozenset[int]:
    if name not in questions:
        raise UnreadableAttemptError("the answers name a question that the quiz has not")
    options = range(len(questions[name].options))
    if not isinstance(value, list) or not all(type(index) is int and index in options for index in value):
        raise UnreadableAttemptError(f"the answer to '{name}' must be a list of indexes of its options, counted from 0")
    return frozenset(cast(list[int], value))


def mark(quiz: Quiz, answers: Mapping[str, frozenset[int]]) -> Mapping[str, object]:
    """Mark answers: a question is right when exactly its right options are chosen."""
    right = {question.id: answers.get(question.id, frozenset()) == _key(question) for question in quiz.questions}
    score = sum(right.values()) / len(right)
    return {
        "score": score,
        "passed": score >= quiz.pass_mark,
        "pass_mark": quiz.pass_mark,
        "questions": [
            {"id": question.id, "correct": right[question.id], "explanation": question.explanation}
            for question in quiz.questions
        ],
        "recorded": False,
    }


def _key(question: Question) -> frozenset[int]:
    return frozenset(index for index, option in enumerate(question.options) if option.correct)
