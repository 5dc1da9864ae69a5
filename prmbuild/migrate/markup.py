"""Markdown of other tools into that of Material for MkDocs, line by line; what cannot be is told of."""

import re
from collections.abc import Iterator

from msgspec import Struct, field

from prmbuild.migrate.layout import Kind

_FENCE = re.compile(r"(?P<indent>[ \t>]*)(?P<mark>`{3,}|~{3,})(?P<info>[^`]*)\Z")
_ADMONITION = re.compile(r"(?P<indent> *):::+ *(?P<type>[a-z]+)(?P<title>.*)\Z")
_ADMONITION_END = re.compile(r" *:::+ *\Z")
_BLOCK = re.compile(r"(?P<indent> *)(?P<slashes>/{3,}) *(?P<type>[a-z]+)(?: *\| *(?P<title>.*))?\Z")
_BLOCK_END = re.compile(r" *(/{3,}) *\Z")
_BLOCK_OPTION = re.compile(r" {4,}\w+:")
_ALERT = re.compile(
    r"(?P<indent> *)> ?\[!(?P<type>NOTE|TIP|IMPORTANT|WARNING|CAUTION)\] *(?P<title>.*)\Z", re.IGNORECASE
)
_QUOTE = re.compile(r" *> ?(.*)\Z")
_TABS = re.compile(r" *<Tabs\b[^>]*>\s*\Z")
_TABS_END = re.compile(r" *</Tabs>\s*\Z")
_TAB = re.compile(r" *<TabItem\b(?P<attributes>[^>]*)>(?P<rest>.*)\Z")
_TAB_END = re.compile(r"(?P<before>.*)</TabItem>\s*\Z")
_ATTRIBUTE = r"""\b{name}=(?:\{{\s*)?(["'`])(?P<value>.*?)\1"""
_IMPORT = re.compile(
    r"import\s+(?:(?P<name>\w+)|\{[^}]*\}|\*\s+as\s+\w+)?.*?\bfrom\s*['\"](?P<module>[^'\"]+)['\"];?\s*\Z|import\s+['\"]"
)
_EXPORT = re.compile(r"export\s+(?:const|default|function|let|var)\b")
_JSX_COMMENT = re.compile(r"\{/\*(.*?)\*/\}")
_IMAGE_COMPONENT = re.compile(
    r"<(?:img|Image|ThemedImage)\b[^>]*?\b(?:src|img)=\{\s*(?:require\(\s*|useBaseUrl\(\s*)?['\"](?P<src>[^'\"]+)['\"]\s*\)?"
    r"(?:\.default)?\s*\}[^>]*?/?>"
)
_BLOCK_HTML = re.compile(r" {0,3}<(?P<tag>details|div|section)(?P<attributes>(?:\s[^<>]*)?)>\s*\Z", re.IGNORECASE)
_HEADING = re.compile(r" {0,3}(?P<marks>#{1,6})[ \t]+(?P<text>.+?)(?:[ \t]+#+)?\s*\Z")
_UNDERLINE = re.compile(r" {0,3}([=-])\1*\s*\Z")
_CODE_SPAN = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")

_TYPES = {
    "note": "note", "tip": "tip", "info": "info", "warning": "warning", "caution": "warning", "danger": "danger",
    "important": "info", "secondary": "note", "success": "success", "details": "note",
}  # fmt: skip

_COMPONENT = (re.compile(r"(?<![\w`])<(?P<what>[A-Z][\w.]*)(?=[\s/>])"), "the component <{what}> is not Markdown")

_FOREIGN = (
    (re.compile(r"\{\{[<%]\s*/?(?P<what>[\w-]+)"), "the shortcode '{what}' does nothing here"),
    (re.compile(r"\A\s*(?:;?-{1,}8<-{1,})\s*(?P<what>[\"']?[^\"']*)"), "the include of {what} is not followed"),
    (re.compile(r"\{!\s*(?P<what>[^!\s]+)\s*!\}"), "the include of {what} is not followed"),
    (re.compile(r"\A\s*\{\*\s+(?P<what>\S+)"), "the include of {what} is not followed"),
    (re.compile(r"\{%-?\s*(?P<what>[\w-]+)"), "the macro '{what}' does nothing here"),
    (
        re.compile(r"\A:::\s+(?P<what>[\w.]+\.[\w.]+)\s*\Z"),
        "the reference of {what} is made from code, which is not here",
    ),
    (re.compile(r"\[\[(?P<what>[^\]|\n]+)(?:\|[^\]\n]*)?\]\](?!\()"), "the link to '{what}' is one of a wiki"),
    (re.compile(r"\bstyle=(?P<what>\{\{)"), "the style is one of JSX"),
)
"""What other tools understand and nothing here does: a pattern, and how to tell of it."""

_HINT = "write what it showed as Markdown, or remove it"


class Foreign(Struct, frozen=True, kw_only=True):
    """Something on a page that only its old tool understands.

    Attributes:
        line: counted from 1, of the converted text.
        column: counted from 1.
    """

    line: int
    column: int
    message: str
    hint: str = _HINT


class Converted(Struct, frozen=True, kw_only=True):
    """A page's text as Material for MkDocs takes it."""

    text: str
    foreign: tuple[Foreign, ...]


class _Converter(Struct):
    """A pass over the lines of a page.

    Attributes:
        open: what is open at this place: ``admonition``, ``tabs``, ``tab``, or the slashes that end a block; all but
            ``tabs`` indent what is inside.
        fence: the mark that ends the code block we are in; empty outside.
    """

    kind: Kind
    jsx: bool
    lines: list[str]
    out: list[str] = field(default_factory=list)
    foreign: list[Foreign] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    fence: str = ""

    def run(self) -> Converted:
        """Convert everything."""
        number = 0
        while number < len(self.lines):
            number += self._line(number)
        return Converted(text="\n".join(self.out), foreign=tuple(self.foreign))

    def _line(self, number: int) -> int:
        """Convert the line of an index, and return how many lines were used up."""
        line = self.lines[number]
        if self._code(line):
            return 1
        if alert := _ALERT.match(line):
            return self._alert(alert, number)
        if used := self._block(line, number):
            return used
        if self._admonition(line, number) or self._tabs(line) or (self.jsx and self._module(line)):
            return 1
        self._put(self._markup(line, number))
        return 1

    def _code(self, line: str) -> bool:
        """Pass code on as it is."""
        found = _FENCE.match(line)
        if self.fence:
            self._put(line)
            if found and found["mark"].startswith(self.fence) and not found["info"].strip():
                self.fence = ""
            return True
        if found:
            self.fence = found["mark"]
            self._put(found["indent"] + found["mark"] + _language(found["info"]) if self.jsx else line)
            return True
        return False

    def _put(self, line: str) -> None:
        indent = "    " * sum(what != "tabs" for what in self.open)
        self.out.append(f"{indent}{line}" if line.strip() else "")

    def _alert(self, found: re.Match[str], number: int) -> int:
        """Convert a note of GitHub's: a quotation that begins with ``[!NOTE]``."""
        self._apart()
        self._put(f"{found['indent']}!!! {_TYPES[found['type'].lower()]}{_titled(found['title'])}")
        used = 1
        while number + used < len(self.lines) and (quote := _QUOTE.match(self.lines[number + used])):
            self._put(f"{found['indent']}    {quote[1]}")
            used += 1
        return used

    def _block(self, line: str, number: int) -> int:
        """Convert ``/// note | Title`` of PyMdown and its end, and return how many lines were used up."""
        found, ended = _BLOCK.match(line), _BLOCK_END.match(line)
        if ended and ended[1] in self.open:
            while self.open.pop() != ended[1]:
                pass
            self.out.append("")
            return 1
        if not found or not (found["type"] in _TYPES or found["type"] == "tab") or not self._is_ended(found, number):
            return 0
        self._apart()
        used = 1
        while number + used < len(self.lines) and _BLOCK_OPTION.match(self.lines[number + used]):
            used += 1
        if found["type"] == "tab":
            self._put(f"{found['indent']}==={_titled(found['title'] or 'Tab')}")
        else:
            sign = "???" if found["type"] == "details" else "!!!"
            self._put(f"{found['indent']}{sign} {_TYPES[found['type']]}{_titled(found['title'] or '')}")
        self.open.append(found["slashes"])
        return used

    def _is_ended(self, block: re.Match[str], number: int) -> bool:
        ends = (_BLOCK_END.match(line) for line in self.lines[number + 1 :])
        return any(end and end[1] == block["slashes"] for end in ends)

    def _admonition(self, line: str, number: int) -> bool:
        """Convert ``:::note`` and its end."""
        found = _ADMONITION.match(line)
        if found and found["type"] in _TYPES and self._is_closed(number):
            self._apart()
            sign = "???" if found["type"] == "details" else "!!!"
            self._put(f"{found['indent']}{sign} {_TYPES[found['type']]}{_titled(found['title'])}")
            self.open.append("admonition")
            return True
        if _ADMONITION_END.match(line) and "admonition" in self.open:
            while self.open.pop() != "admonition":
                pass
            self.out.append("")
            return True
        return False

    def _is_closed(self, number: int) -> bool:
        return any(_ADMONITION_END.match(line) for line in self.lines[number + 1 :])

    def _tabs(self, line: str) -> bool:
        """Convert ``<Tabs>`` and what is in it."""
        if _TABS.match(line) and any(_TABS_END.match(later) for later in self.lines):
            self._apart()
            self.open.append("tabs")
            return True
        if "tabs" not in self.open:
            return False
        if found := _TAB.match(line):
            label = _attribute(found["attributes"], "label") or _attribute(found["attributes"], "value") or "Tab"
            self._apart()
            self._put(f'=== "{label}"')
            self.out.append("")
            self.open.append("tab")
            return self._tab_text(found["rest"])
        if _TABS_END.match(line):
            while self.open.pop() != "tabs":
                pass
            self.out.append("")
            return True
        if "tab" not in self.open:
            return not line.strip()
        return "</TabItem>" in line and self._tab_text(line)

    def _tab_text(self, text: str) -> bool:
        """Pass on what stands beside the marks of a tab."""
        ended = _TAB_END.match(text)
        rest = ended["before"] if ended else text
        if rest.strip():
            self._put(rest.strip())
        if ended:
            while self.open.pop() != "tab":
                pass
            self.out.append("")
        return True

    def _module(self, line: str) -> bool:
        """Take out imports of MDX; their components are told of where they stand."""
        if _EXPORT.match(line):
            self._tell(1, "code of MDX does not run here", "remove it, and write what it showed as Markdown")
            return False
        found = _IMPORT.match(line)
        return found is not None

    def _markup(self, line: str, number: int) -> str:
        """Convert what stands within a line."""
        if self.jsx:
            line = _JSX_COMMENT.sub(r"<!--\1-->", line).replace("className=", "class=")
            line = _IMAGE_COMPONENT.sub(lambda found: f"![]({found['src']})", line)
        if self.kind != "mkdocs" and (found := _BLOCK_HTML.match(line)) and "markdown" not in found["attributes"]:
            line = f"<{found['tag']}{found['attributes'].rstrip()} markdown>"
        visible = _CODE_SPAN.sub(lambda found: " " * len(found[0]), line)
        for pattern, message in (*((_COMPONENT,) if self.jsx else ()), *_FOREIGN):
            for found in pattern.finditer(visible):
                self._tell(found.start() + 1, message.format(what=found["what"].strip("\"' ")))
        return line

    def _tell(self, column: int, message: str, hint: str = _HINT) -> None:
        indent = 4 * sum(what != "tabs" for what in self.open)
        self.foreign.append(Foreign(line=len(self.out) + 1, column=column + indent, message=message, hint=hint))

    def _apart(self) -> None:
        """Leave a blank line before a block, which Markdown here needs."""
        if self.out and self.out[-1].strip():
            self.out.append("")


def convert(text: str, kind: Kind, *, jsx: bool) -> Converted:
    """Convert a page's text.

    Args:
        text: Markdown, without front matter.
        kind: the tool it was written for.
        jsx: whether it may hold JSX, as MDX does.
    """
    return _Converter(kind=kind, jsx=jsx, lines=text.split("\n")).run()


def _language(info: str) -> str:
    """Return the language of a code block, with the title that Docusaurus writes after it."""
    words = info.strip().split()
    if not words:
        return ""
    title = re.search(_ATTRIBUTE.format(name="title"), info)
    language = "" if "=" in words[0] or words[0].startswith("{") else words[0]
    return f'{language} title="{title["value"]}"' if title and language else language


def _attribute(attributes: str, name: str) -> str:
    found = re.search(_ATTRIBUTE.format(name=name), attributes)
    return found["value"].replace('"', "'") if found else ""


def _titled(written: str) -> str:
    """Return the title of a note, however it was written, as it stands behind ``!!! note``."""
    title = written.strip()
    if title.startswith("[") and title.endswith("]"):
        title = title[1:-1]
    elif found := re.search(_ATTRIBUTE.format(name="title"), title):
        title = found["value"]
    title = title.strip().strip('"')
    return ' "{}"'.format(title.replace('"', "'")) if title else ""


def headings(text: str) -> Iterator[tuple[int, str]]:
    """Yield level and text of every heading outside of code."""
    fence, before = "", ""
    for line in text.split("\n"):
        found = _FENCE.match(line)
        if fence:
            if found and found["mark"].startswith(fence) and not found["info"].strip():
                fence = ""
        elif found:
            fence = found["mark"]
        elif heading := _HEADING.match(line):
            yield len(heading["marks"]), heading["text"]
        elif (underline := _UNDERLINE.match(line)) and before.strip():
            yield 1 if underline[1] == "=" else 2, before.strip()
        before = line
