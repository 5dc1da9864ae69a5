"""Front matter and body."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prmbuild.authored.markdown import split_markdown
from prmbuild.authored.reading import read_page, read_status


@pytest.mark.parametrize(
    ("text", "front", "body", "line"),
    [
        ("", None, "", 1),
        ("# One\n", None, "# One\n", 1),
        ("---\ntitle: a\n---\nText\n", "title: a\n", "Text\n", 4),
        ("---\n---\nText", "", "Text", 3),
        ("---  \ntitle: a\n---\t\n\nText", "title: a\n", "\nText", 4),
        ("\ufeff---\r\ntitle: a\r\n---\r\nText\r\n", "title: a\n", "Text\n", 4),
        ("---\ntitle: a\n---", "title: a\n", "", 4),
        ("----\ntext\n", None, "----\ntext\n", 1),
        ("---\na: |\n  ---\n  b\n---\n---\nx", "a: |\n  ---\n  b\n", "---\nx", 6),
    ],
)
def test_split(text: str, front: str | None, body: str, line: int) -> None:
    parts, findings = split_markdown("a.md", text.encode())
    assert findings == ()
    assert parts is not None
    assert (parts.front, parts.body, parts.body_line) == (front, body, line)


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: f"---\n{text}\n---\n".encode()))
def test_no_bytes_raise(data: bytes) -> None:
    page, findings = read_page("content/a.md", data, None)
    assert page is not None or findings
    standing = read_status("content/a.md", data)
    if page is not None:
        assert standing is not None
        assert (standing.status, standing.publish_at) == (page.meta.status, page.meta.publish_at)
