"""What may be published, and what keeps it from being."""

from prmbuild.progress import Silence
from prmbuild.publishable import publishable
from prmbuild.source.git import opened
from tests.conftest import Repo, page

UNUSUAL = {
    "script": "Hi plain words here <script>alert(1)</script>",
    "diagram": "```mermaid\ngraph LR\n  Alpha --> Beta\n```",
    "picture": "![A robot in a warehouse at night](robot.svg)",
    "markup": "<div><style>a{color:red}</style><script>let x = 1</script></div>",
    "comment": "before the comment <!-- a remark that nobody should read --> after it",
    "typography": '"Quoted" -- text & more <b>bold</b> &copy; 2026 `<code>` x < y',
    "empty": "",
}


def test_unusual_pages_do_not_blind_the_audit(programme: Repo) -> None:
    programme.commit({f"content/{name}.md": page(f"Page with {name}", body) for name, body in UNUSUAL.items()})
    programme.build()


def test_an_assertion_that_fails_stops_the_build(programme: Repo) -> None:
    visibility = (programme.path / "visibility.yaml").read_text()
    claim = "assertions:\n  - never: {paths: [content/robot.md], seen_by: {tier: silver}}\n"
    programme.commit({"visibility.yaml": visibility + claim})
    with opened(programme.path) as repository, publishable(repository, programme.request(), Silence()) as outcome:
        assert outcome.built is None
        assert any(str(finding).startswith("visibility.yaml:11:") for finding in outcome.diagnostics)


def test_a_link_that_leads_nowhere_does_not(programme: Repo) -> None:
    programme.commit({"content/start.md": page("Start here", "[gone](gone.md)")})
    assert "PRM401" in [finding.code for finding in programme.check()]
    programme.build()


def test_a_build_tells_what_the_audit_could_not_open(programme: Repo) -> None:
    programme.commit(
        {
            "content/start.md": page("Start here", "[sheet](sheet.pdf) [gone](gone.md)", review_in="90d"),
            "content/sheet.pdf": b"%PDF-1.7\n1 0 obj<</Length 99999999999>>stream\nx\n%%EOF",
        }
    )
    with opened(programme.path) as repository, publishable(repository, programme.request(), Silence()) as outcome:
        assert outcome.built is not None
        assert [(one.code, one.path) for one in outcome.told] == [
            ("PRM401", "content/start.md"),
            ("PRM912", "content/sheet.pdf"),
        ]
