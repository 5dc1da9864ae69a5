"""Lists as CommonMark indents them, as Python-Markdown needs them: four blanks a level, and a blank line before.

Source: https://spec.commonmark.org/0.31.2/#list-items and https://python-markdown.github.io/#differences
"""

import re

from msgspec import Struct, field

_ITEM = re.compile(r"(?P<marker>[-*+]|\d{1,3}[.)])(?P<space> {1,4}(?=\S)| *\Z| +)(?P<rest>.*)\Z")
_BREAK = re.compile(r"([-*_])(?: *\1){2,} *\Z")
_FENCE = re.compile(r"(?P<mark>`{3,}|~{3,})(?P<info>[^`]*)\Z")
_BLOCK = re.compile(r"#{1,6} |>|\||<|!!!|\?\?\?|===|:::|/{3,}|\[[^\]]+\]:")


class _Lists(Struct):
    """A pass over lines.

    Attributes:
        offsets: how far the text of each open item was indented, outermost first.
        blank: whether the line before was blank.
        loose: whether a paragraph of its own stands in the item that was begun last.
        fence: the mark that ends the code block we are in; empty outside.
        shift: by how much that code block moves to the right; negative to the left.
    """

    out: list[str] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    blank: bool = True
    loose: bool = False
    fence: str = ""
    shift: int = 0

    def take(self, written: str) -> None:
        """Take the next line."""
        line = _untabbed(written)
        text = line.lstrip(" ")
        indent = len(line) - len(text)
        if self.fence:
            self._code(line, text, indent)
            return
        if not text:
            self.out.append("")
            self.blank = True
            return
        item = None if _BREAK.match(text) else _ITEM.match(text)
        lazy = not self.blank and item is None and not _BLOCK.match(text) and not _FENCE.match(text)
        if not lazy:
            while self.offsets and indent < self.offsets[-1]:
                self.offsets.pop()
        base = self.offsets[-1] if self.offsets else 0
        if lazy and indent < base:
            self._put(written)
        elif indent - base >= 4 and (self.blank or not self.offsets):
            self._put("    " * len(self.offsets) + " " * (indent - base) + text if self.offsets else written)
        elif item is not None:
            self._item(item, indent)
        elif self.offsets:
            self.loose = self.loose or self.blank
            self._open_fence(text, indent, 4 * len(self.offsets) + indent - base)
            self._put("    " * len(self.offsets) + " " * (indent - base) + text)
        else:
            self._open_fence(text, indent, indent)
            self._put(written)

    def _item(self, item: re.Match[str], indent: int) -> None:
        depth = len(self.offsets)
        if not depth and self.out and self.out[-1].strip() and not self._after_item():
            if item["marker"][0].isdigit() and item["marker"][:-1] != "1":
                self._put(" " * indent + item[0])
                return
            self.out.append("")
        if self.loose and not self.blank:
            self.out.append("")
        self.loose = False
        space = len(item["space"]) if item["rest"] and len(item["space"]) <= 4 else 1
        self.offsets.append(indent + len(item["marker"]) + space)
        marker = item["marker"].replace(")", ".")
        self._put(f"{'    ' * depth}{marker} {item['rest']}".rstrip() if item["rest"] else f"{'    ' * depth}{marker}")
        self._open_fence(item["rest"], self.offsets[-1], 4 * depth + 4)

    def _after_item(self) -> bool:
        """Tell whether the line before belongs to a list, so that the next item goes on with it."""
        return bool(_ITEM.match(self.out[-1].lstrip(" ")) or self.out[-1].startswith("    "))

    def _open_fence(self, text: str, indent: int, new: int) -> None:
        if found := _FENCE.match(text):
            self.fence, self.shift = found["mark"], new - indent

    def _code(self, line: str, text: str, indent: int) -> None:
        moved = " " * max(0, indent + self.shift) + text if text else ""
        self._put(moved if self.shift else line)
        found = _FENCE.match(text)
        if found and found["mark"].startswith(self.fence) and not found["info"].strip():
            self.fence = ""

    def _put(self, line: str) -> None:
        self.out.append(line)
        self.blank = False


def indented(text: str) -> str:
    """Return a page's text with its lists as Python-Markdown reads them.

    Args:
        text: Markdown as CommonMark reads it.
    """
    lists = _Lists()
    for line in text.split("\n"):
        lists.take(line)
    return "\n".join(lists.out)


def _untabbed(line: str) -> str:
    """Return a line with the tabs that indent it written out."""
    text = line.lstrip(" \t")
    head = line[: len(line) - len(text)]
    return (head.expandtabs(4) if "\t" in head else head) + text
