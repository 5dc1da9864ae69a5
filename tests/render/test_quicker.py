"""Markdown is what its libraries make of it, although they are asked less often."""

import json
import random
import re
import subprocess
import sys

import pytest
from pygments.formatters.html import HtmlFormatter
from pygments.token import Keyword

from prmbuild.render.markup import Markdown
from prmbuild.render.material import EXTENSIONS

PIECES = (
    *(
        "word",
        "é",
        "_",
        "__",
        "*",
        "**",
        "***",
        "^",
        "^^",
        "~",
        "~~",
        "==",
        "++ctrl+c++",
        "`",
        "``",
        "`#!python x = 1`",
    ),
    *("\\", "\\*", "\\`", "\x02", "\x03", "&amp;", "&", "<b>", "</b>", "<div markdown>", "</div>", "<!-- x -->"),
    *(
        " ",
        "  \n",
        "\n",
        "\n\n",
        "    ",
        "> ",
        "- ",
        "1. ",
        "# ",
        "## Title {#id .c}\n",
        "---\n",
        "===\n",
        "[TOC]\n",
        "\n<div markdown>\n\n[TOC]\n\n</div>\n",
        "\n\n[TOC]\n\n",
    ),
    *("[a](b.md 'c')", "[a][r]", "\n[r]: u 'v'\n", "![a](b.png){ width=1 }", "<http://a.example>", ":smile:", "|"),
    *("[^1]", "\n[^1]: Note.\n", "\n*[HTML]: Markup\n", "HTML", "\nTerm\n:   Text\n", "- [x] done\n"),
    *(
        "\n| a | b |\n|---|---|\n| `c|d` | *e* |\n",
        "\n    code\n",
        "\n!!! note 'T'\n    Text\n",
        "\n??? tip\n    Text\n",
    ),
    *("\n```python\ndef f():\n    return '<'\n```\n", '\n``` yaml linenums="3" hl_lines="1"\na: 1\nb: 2\n```\n'),
    *("\n```nothing\nx\n```\n", "\n~~~\ny\n~~~\n", '\n=== "Tab"\n    Text\n'),
)

PLAIN = """
import json, sys
from markdown import Markdown
from prmbuild.render.material import EXTENSIONS
names = ["toc", "tables", "fenced_code", *(name for name in EXTENSIONS if name not in ("toc", "tables", "fenced_code"))]
texts = json.load(sys.stdin)
json.dump([Markdown(extensions=names, extension_configs=EXTENSIONS).convert(text) for text in texts], sys.stdout)
"""


def test_nothing_comes_out_differently() -> None:
    choice = random.Random(1)
    texts = ["".join(choice.choices(PIECES, k=choice.randrange(1, 40))) for _ in range(150)]
    plain = subprocess.run(
        [sys.executable, "-c", PLAIN], input=json.dumps(texts), capture_output=True, text=True, check=True
    ).stdout
    quick = Markdown(EXTENSIONS, lambda heading, parser: "")
    for text, expected in zip(texts, json.loads(plain), strict=True):
        assert quick.convert(text, lambda url: url)[0] == expected, text


def test_styles_are_told_apart() -> None:
    Markdown(EXTENSIONS, lambda heading, parser: "")
    plain, prefixed = HtmlFormatter(), HtmlFormatter(classprefix="x-")
    assert plain.ttype2class[Keyword] == "k"
    assert prefixed.ttype2class[Keyword] == "x-k"
    assert HtmlFormatter(style="monokai").class2style != plain.class2style


@pytest.mark.parametrize(
    ("written", "language", "shown"),
    [
        ("!!! note\n    Text", "de", ["Hinweis"]),
        ("!!! note\n    Text", "en", ["Note"]),
        ("!!! note\n    Text", "de-AT", ["Hinweis"]),
        ("!!! note\n    Text", "nl", ["Note"]),
        ('!!! note "Note"\n    Text\n!!! Warning inline\n    More', "de", ["Note", "Warnung"]),
        ('!!! note ""\n    Text', "de", []),
        ("!!! ours\n    Text", "de", ["Ours"]),
        ("???+ tip\n    Text\n\n    !!! danger\n        More", "fr", ["Conseil", "Danger"]),
        ('??? "Mine"\n    Text\n??? bug "Mine"\n    Text', "fr", ["Mine", "Mine"]),
        ("```\n!!! note\n    Text\n```\n\n    !!! note\n\n* Item\n\n    !!! note\n        Text", "es", ["Nota"]),
    ],
)
def test_notes_without_a_title_get_one_in_the_language_of_the_page(
    written: str, language: str, shown: list[str]
) -> None:
    html, _, _ = Markdown(EXTENSIONS, lambda heading, parser: "").convert(written, lambda url: url, language)
    assert re.findall(r'<(?:p class="admonition-title"|summary)>(.*?)</', html) == shown
