"""What pages rightly say never makes the audit blind, whatever they say it with."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prmbuild.audit.canaries import MATCHES, Match
from prmbuild.audit.chunks import CHUNK
from prmbuild.audit.letters import words
from prmbuild.audit.search import Search
from prmbuild.audit.table import Canaries
from prmbuild.diagnostics import Severity
from prmbuild.progress import Silence
from prmbuild.publishable import publishable
from prmbuild.site.folders import SEGMENT
from prmbuild.source.git import opened
from tests.audit.conftest import Subject
from tests.conftest import CONFIGURATION, Repo, page

PER_PROGRAMME = 12
"""Pages of one example: a build takes much longer than a page."""

WORDS = ("robot", "price", "list", "of the", "how to sell", "Partner", "seven", "a", "2027-01-02", "1,000", "3.14")
PIECES = (
    *("&amp;", "&lt;b&gt;", "&nbsp;", "&shy;", "&#8203;", "&#x41;", "&bogus;", "&amp;lt;", "&copy"),
    *("!", "—", "…", "'q'", '"q"', "\\*", "\\<b>", "|", "#", "---"),
    *("->", "100%", "%20", "\\n", "\\u0041", "C:\\new\\table"),
    *("🤖", "価格表", "日本語の文章です", "مرحبا بالعالم", "שלום", "e\u0301clair"),
    *("İstanbul", "straße", "½", "Ⅷ", "हिन्दी", "กำหนดการ"),
    *("so\u00adft", "ze\u200bro", "\u200fx", "\ufeff", "\u2028", "x" * 70),
    *("`code`", "`a < b && c`", "`&amp;`", "``x ` y``", "*em*"),
    *("**strong**", "~~del~~", "==mark==", "H~2~O", "++ctrl+c++"),
    *("[link](../start.md)", "[gone](none.md)"),
    *("[out](https://example.com/a?b=1&c=2#d)", "![alt text of it](none.svg)"),
    *("https://example.com/foo/#bar", "docs/#anchor", "<me@example.com>"),
    *("C/#", "},{", '"title":', "{ .cls }", "$x_1^2$"),
    *("<b>bold</b>", "<br>", "</details>", "<notatag>", "<2026>"),
    *("a < b > c", "<script>alert('one two three')</script>"),
    *("<iframe src='https://evil.example/'>fallback text of it</iframe>", "<object>object text of this</object>"),
    *("<!-- what only authors read -->", "<p hidden>hidden text of it</p>", "<svg><text>text in svg</text></svg>"),
    *("<div data-search-exclude>text that search leaves out</div>"),
    *("<h2>raw heading is here</h2>", "HTML", ":smile:", "[^1]"),
)  # fmt: skip
BLOCKS = (
    *("{}", "{}\n{}", "# {}", "## {}", "### {}", "{}\n===", "- {}\n- {}", "1. {}\n2. {}", "- [x] {}", "> {}", "    {}"),
    *(
        "| {} | {} |\n|---|---|\n| {} | {} |",
        "```python\n{}\n```",
        '```text title="{}"\n{}\n```',
        "```mermaid\n{}\n```",
    ),
    *('!!! note "Own title"\n    {}', '??? tip "More"\n    {}', '=== "One tab"\n\n    {}\n\n=== "Two tabs"\n\n    {}'),
    *(
        "Term {}\n:   {}",
        "*[HTML]: Hyper Text Markup Language\n\nThe HTML {}",
        "Noted[^1] {}\n\n[^1]: {}",
        "<!--\n{}\n-->",
    ),
    *(
        "<div markdown>\n{}\n</div>",
        "<div>\n{}\n</div>",
        "/// show-to | gold-up\n{}\n///",
        '[ref]: https://a.example "{}"',
    ),
)

inlines = st.lists(st.sampled_from(WORDS) | st.sampled_from(PIECES), max_size=6).map(" ".join)
titles = st.lists(st.sampled_from(WORDS) | st.sampled_from(PIECES), min_size=1, max_size=5).map(" ".join)


@st.composite
def blocks(draw: st.DrawFn) -> str:
    pieces = draw(st.sampled_from(BLOCKS)).split("{}")
    return pieces[0] + "".join(draw(inlines) + piece for piece in pieces[1:])


@st.composite
def pages(draw: st.DrawFn) -> str:
    front = {"status": "approved"} | draw(st.fixed_dictionaries({}, optional={"title": titles, "description": titles}))
    body = "\n\n".join(draw(st.lists(blocks(), max_size=4)))
    return f"---\n{yaml.safe_dump(front, allow_unicode=True)}---\n{body}\n"


def findings(repo: Repo) -> tuple[list[str], list[str]]:
    """Return the errors of checks, and then those of an audit."""
    with opened(repo.path) as repository, publishable(repository, repo.request(), Silence()) as outcome:
        errors = [str(found) for found in outcome.diagnostics if found.severity is Severity.ERROR]
        assert outcome.built is not None or errors
    audited = [found for found in errors if "PRM9" in found]
    return [found for found in errors if found not in audited], audited


def programme(files: Mapping[str, str], folder: Path) -> Repo:
    repo = Repo(folder / "programme")
    repo.path.mkdir()
    repo.git("init", "-q", "-b", "main")
    start = {"content/index.md": page("Home", "Welcome."), "content/start.md": page("Start here", "All of you.")}
    repo.commit({**CONFIGURATION, **start, **files})
    return repo


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(pages(), min_size=PER_PROGRAMME, max_size=PER_PROGRAMME))
def test_a_programme_that_passes_the_checks_passes_the_audit(made: list[str]) -> None:
    files = {f"content/some/page-{number}.md": text for number, text in enumerate(made)}
    while files:
        with tempfile.TemporaryDirectory() as folder:
            faults, audited = findings(programme(files, Path(folder)))
        assert not audited
        wrong = {path for path in files if any(fault.startswith(f"{path}:") for fault in faults)}
        if not wrong:
            break
        files = {path: text for path, text in files.items() if path not in wrong}
    assert not faults


CASES = {
    "other-heading": ("Roadmap", "# Coming soon in 2027\n\nMore."),
    "longer-heading": ("Partner news", "# Partner news for 2026\n\nSoon."),
    "entity": ("Terms &amp; conditions", "Some."),
    "angles": ("Terms & conditions <2026>", "Some."),
    "closing-tag": ("a </details> b", "Some."),
    "entities": ("Entities", "Text &lt;script&gt;alert(2)&lt;/script&gt; tag."),
    "fragment": ("Where docs/#anchors lead", "They lead to docs/#anchors"),
    "fallback": ("Frames", "<iframe src='https://evil.example/'>fallback text of it</iframe>"),
    "comment-in-code": ("Tools", "```bash\n# Install <package name> on the server of yours\ninstall\n```"),
    "fence-without-end": ("More tools", "```\n# Install <name of it> on the servers of yours"),
    "records": ("Records", f"{'We list {a: 1},{b: 2} here. ' * 100}"),
}
"""Names of pages, with title and body, that were once not found."""


def test_pages_that_are_hard_to_find(tmp_path: Path) -> None:
    files = {f"content/{name}.md": f"---\n{yaml.safe_dump({'title': title, 'status': 'approved'})}---\n{body}\n"
             for name, (title, body) in CASES.items()}  # fmt: skip
    assert findings(programme(files, tmp_path)) == ([], [])


def test_a_title_of_a_large_portal_is_found_where_its_folder_holds_nothing_else(tmp_path: Path) -> None:
    many = {f"content/many/page-{number}.md": page(f"Page {number}") for number in range(SEGMENT)}
    alone = {f"content/{folder}/index.md": page("What stands alone here") for folder in ("alone", "many/alone")}
    assert findings(programme(many | alone, tmp_path)) == ([], [])


@pytest.mark.parametrize("vendor", ["Acme Vendor", "The vendor of vendors"])
def test_the_line_that_names_the_vendor_betrays_nothing(vendor: str, tmp_path: Path) -> None:
    settings = f"vendor: {vendor}\nportal_url: https://partners.vendor.example/\n"
    assert findings(programme({"prm.yaml": settings}, tmp_path)) == ([], [])


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ('{"title":"Terms &amp; conditions apply","url":""}', "Terms &amp; conditions apply"),
        ('["","","The tag <script>alert(2)</script> of us"]', "The tag <script>alert(2)</script> of us"),
        ('["","","What docs/#anchors lead to"]', "What docs/#anchors lead to"),
        (f'["{"x " * CHUNK}","We list {{a: 1}},{{b: 2}} here"]', "We list {a: 1},{b: 2} here"),
    ],
)
def test_what_looks_like_markup_in_search_data_is_found_as_it_stands(text: str, hidden: str) -> None:
    phrase = (MATCHES.index(Match.LETTERS), " ".join(words(hidden)))
    assert Search.of(Canaries.of([phrase])).text(text) == {0}


def test_what_was_not_found_is_named_with_what_to_do(subject: Subject) -> None:
    told = [str(leak.diagnostic()) for leak in subject.leaks({"navigation.json": '{"items":[]}'})]
    robot = next(line for line in told if line.startswith("content/robot.md:1:1: PRM911"))
    assert "the title 'The robot' is not found there" in robot
    assert "status: draft" in robot
