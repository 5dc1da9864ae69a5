from hypothesis import given, settings
from hypothesis import strategies as st

from prmbuild.exposure.reading import Line, LineKind
from prmbuild.exposure.textdiff import Fate, TextDiff, short, text_diff


def lines(*texts: str) -> tuple[Line, ...]:
    return tuple(Line(LineKind.TEXT, text) for text in texts)


def as_it(change: TextDiff, fate: Fate) -> list[str]:
    return [text for line in change.lines if (text := line.as_it(fate))]


_WORDS = st.sampled_from(["robot", "price", "4,711", "crowns", "is", "new.", "  ", "—", "naïve"])
_TEXTS = st.lists(st.lists(_WORDS, min_size=1, max_size=8).map(" ".join).filter(str.strip), max_size=8)


@settings(max_examples=150, deadline=None)
@given(_TEXTS, _TEXTS)
def test_both_texts_can_be_read_off_a_comparison(before: list[str], after: list[str]) -> None:
    change = text_diff(lines(*before), lines(*after))
    assert as_it(change, Fate.REMOVED) == before
    assert as_it(change, Fate.ADDED) == after
    assert change.changed == (before != after)
    assert bool(short(change)) == change.changed


def test_a_reworded_line_is_compared_word_by_word() -> None:
    change = text_diff(lines("The robot costs 4,711 crowns."), lines("The robot costs 4,250 crowns."))
    (line,) = change.lines
    assert [(piece.fate, piece.text) for piece in line.pieces] == [
        (Fate.KEPT, "The robot costs "),
        (Fate.REMOVED, "4,711"),
        (Fate.ADDED, "4,250"),
        (Fate.KEPT, " crowns."),
    ]
    assert (change.words(Fate.REMOVED), change.words(Fate.ADDED)) == (2, 2)


def test_words_that_change_in_a_row_are_one_change() -> None:
    change = text_diff(
        lines("Call us any time at night, please do."), lines("Call us only between nine and five, please do.")
    )
    fates = [piece.fate for piece in change.lines[0].pieces]
    assert fates == [Fate.KEPT, Fate.REMOVED, Fate.ADDED, Fate.KEPT]


def test_a_line_that_is_not_alike_is_another_line() -> None:
    change = text_diff(lines("Careful with the arm."), lines("Quite another sentence now"))
    assert [line.pieces[0].fate for line in change.lines] == [Fate.REMOVED, Fate.ADDED]


def test_the_short_form_shows_what_changed_and_a_little_around_it() -> None:
    many = [f"Line {number} stands here." for number in range(50)]
    after = [*many[:20], "Line 20 stood here.", *many[21:40], "And a new one.", *many[40:]]
    assert short(text_diff(lines(*many), lines(*after))) == (
        "  …",
        "  Line 19 stands here.",
        "- Line 20 stands here.",
        "+ Line 20 stood here.",
        "  Line 21 stands here.",
        "  …",
        "  Line 39 stands here.",
        "+ And a new one.",
        "  Line 40 stands here.",
    )


def test_the_short_form_is_capped_and_says_so() -> None:
    change = text_diff((), lines(*(f"Line {number}" for number in range(30))))
    assert short(change, limit=5)[-1] == "  … and 25 more changed lines"
    assert len(short(change, limit=5)) == 6


def test_long_lines_are_cut_around_the_change() -> None:
    long = " ".join(f"word{number}" for number in range(400))
    before, after = short(text_diff(lines(long), lines(long.replace("word200", "other"))))
    assert before.startswith("- … word193 ") and before.endswith(" word207 …") and "word200" in before
    assert after[0] == "+" and "other" in after and len(after) < 200


def test_nothing_that_was_written_can_move_a_terminals_cursor() -> None:
    (line,) = short(text_diff((), lines("a\x1b[2Jb\u202ec")))
    assert line == "+ a\ufffd[2Jb\ufffdc"


def test_a_large_rewrite_stays_quick_and_whole() -> None:
    before = [f"old {number} text about thing {number}" for number in range(300)]
    after = [f"new {number} text about thing {number}" for number in range(300)]
    change = text_diff(lines(*before), lines(*after))
    assert as_it(change, Fate.ADDED) == after
