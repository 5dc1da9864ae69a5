"""What changes in a text, in the reports that have little room."""

import pytest

from prmbuild.desired import read_authored
from prmbuild.exposure import excerpts
from prmbuild.exposure.compare import compared
from prmbuild.exposure.report import whole_report
from prmbuild.progress import Silence
from prmbuild.source.git import opened
from tests.conftest import VISIBILITY, Repo, page


def report(repo: Repo, form: str) -> str:
    request = repo.request()
    with opened(repo.path) as repository:
        authored = read_authored(repository, request)
        with compared(repository, authored, "HEAD~1", request, Silence()) as comparison:
            return whole_report(comparison, form, repo.cache)


def test_a_changed_page_shows_what_changed(programme: Repo) -> None:
    programme.commit(
        {"content/gold/prices.md": page("Gold price list", "The robot costs 815 crowns for gold partners.")}
    )
    text = report(programme, "text")
    assert "        - The robot costs 4711 crowns for gold partners.\n" in text
    assert "        + The robot costs 815 crowns for gold partners.\n" in text


def test_markdown_fences_it_whatever_people_wrote(programme: Repo) -> None:
    programme.commit({"content/robot.md": page("The robot", "````\n```\n@everybody\n</details>\n````")})
    text = report(programme, "markdown")
    fence = next(line.strip() for line in text.splitlines() if line.strip().endswith("diff") and "`" in line)
    inner = text.partition(fence)[2].partition(f"\n  {fence.removesuffix('diff')}\n")[0]
    assert fence == "````diff"
    assert "+ @everybody" in inner and "+ ```" in inner and "+ </details>" in inner


def test_readers_of_different_changes_are_not_told_the_same(programme: Repo) -> None:
    body = "One.\n\n/// show-to | gold-up\n{}\n///\n"
    programme.commit({"content/robot.md": page("The robot", body.format("Gold was told this."))})
    programme.commit({"content/robot.md": page("The robot", body.format("Gold was told that.") + "\nTwo.\n")})
    text = report(programme, "text")
    assert "+ Two." in text
    assert excerpts.OTHERWISE.strip() in text or text.count("+ Two.") == 2


def test_what_is_new_to_its_readers_is_not_shown_line_by_line(programme: Repo) -> None:
    programme.commit({"visibility.yaml": VISIBILITY.replace("show_to: gold-up", "show_to: everyone")})
    text = report(programme, "text")
    assert "content/gold/prices.md" in text and "4711" not in text


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_a_report_shows_only_so_many(programme: Repo, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    monkeypatch.setattr(excerpts, "MOST", 1)
    programme.commit({f"content/{name}.md": page(name, f"New {name}.") for name in ("start", "robot")})
    assert report(programme, form).count("+ New ") == 1


def test_pages_that_both_states_share_can_be_read(programme: Repo) -> None:
    """An address that comes and a rule that opens: the base's pages are then those of the head."""
    programme.commit(
        {
            "content/new.md": page("New"),
            "visibility.yaml": VISIBILITY.replace("show_to: gold-up", "show_to: everyone"),
            "content/robot.md": page("The robot", "Other."),
        }
    )
    assert "<title>Exposure widens" in report(programme, "html")
