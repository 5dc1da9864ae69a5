"""The nearest name is the one difflib finds, only sooner."""

import difflib

from hypothesis import given
from hypothesis import strategies as st

from prmbuild.authored.likeness import Names

NAMES = st.text("abc-/é", max_size=14)


@given(word=NAMES, known=st.lists(NAMES, max_size=12), cutoff=st.sampled_from((0.3, 0.6, 0.85)))
def test_answers_as_difflib_does(word: str, known: list[str], cutoff: float) -> None:
    expected = difflib.get_close_matches(word, dict.fromkeys(known), n=1, cutoff=cutoff)
    assert Names(known).nearest(word, cutoff) == (expected[0] if expected else None)


def test_a_name_can_be_left_out() -> None:
    names = Names(("content/prices.md", "content/price.md"))
    assert names.nearest("content/prices.md", 0.85) == "content/prices.md"
    assert names.nearest("content/prices.md", 0.85, without="content/prices.md") == "content/price.md"
    assert Names(("content/robots.md",)).nearest("courses/basics/quiz.yaml", 0.85) is None
