"""Names that can be published, and those that cannot."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prmbuild.check.names import complaints, folded, speakable


@pytest.mark.parametrize(
    "path",
    [
        "content/a.md",
        "content/Größe-2.md",
        "content/a b (1).md",
        "content/x/.gitkeep",
        "content/console.md",
        "content/日本.md",
        f"content/{'é' * 118}.md",
    ],
)
def test_safe(path: str) -> None:
    assert list(complaints(path)) == []


@pytest.mark.parametrize(
    "name",
    [
        "a\\b",
        "a\nb",
        "a\x7fb",
        "a\u202eb",
        "a\u200bb",
        "CON",
        "nul.md",
        "LPT1.tar.gz",
        "com¹.md",
        "a.",
        "a ",
        " a",
        ".env",
        "a:b",
        "é" * 121,
        "a?b",
        "*",
    ],
)
def test_unsafe(name: str) -> None:
    assert list(complaints(f"content/{name}/page.md"))


def test_look_alikes_fold_together() -> None:
    assert folded("Caf\u00e9") == folded("cafe\u0301") == folded("CAFE\u0301")
    assert folded("stra\u00dfe") == folded("STRASSE")
    assert folded("a") != folded("b")


@given(st.binary(max_size=40))
def test_every_name_can_be_spoken(name: bytes) -> None:
    spoken = speakable(name.decode("utf-8", "surrogateescape"))
    spoken.encode()
    assert spoken.isprintable() or " " in spoken or not spoken.isascii()
    assert "\n" not in spoken and "\r" not in spoken and "\x1b" not in spoken
