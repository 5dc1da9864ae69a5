from hypothesis import example, given
from hypothesis import strategies as st

from prmbuild.audit.letters import WINDOW, folded, letters, windows, words


def test_what_makes_no_difference() -> None:
    assert letters("Straße Ünïcode\u00ad ﬁne-print_x") == letters("STRASSE  U\u0308nicode, fi\u200bne print x")


def test_words_keep_together_what_invisible_characters_part() -> None:
    assert words("Mar\u00adgin U\u0308ber 価格") == ("margin", "uber", "価", "格")


@given(st.text())
@example("\u30d1\u30fb\ufada")  # a dot and no character at all among ideographs
@example("\u0345 \u1fb3")  # a mark that becomes a letter when case is folded
def test_letters_are_the_words_without_what_stands_between_them(text: str) -> None:
    assert letters(text) == "".join(words(text))
    assert letters(folded(text)) == letters(text)


def test_long_runs_are_folded_character_by_character() -> None:
    characters = [chr(code) for code in (*range(0x80, 0x10000, 11), 0x345, 0x1FB3, 0xFDFA, 0xD800, 0xDC00)]
    for run in ("".join(characters), "".join(reversed(characters)), "".join((*characters, "\U0001d400"))):
        assert letters(run) == "".join(map(letters, run))


@given(st.lists(st.just("word"), max_size=60).map(tuple))
def test_windows_cover_a_line_evenly(line: tuple[str, ...]) -> None:
    cut = list(windows(line))
    assert sum(cut, ()) == line
    assert all(1 <= len(window) <= WINDOW for window in cut)
    assert not cut or max(map(len, cut)) - min(map(len, cut)) <= 1
