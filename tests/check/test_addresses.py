"""No file may claim a place that portals use for themselves."""

import pytest

from prmbuild.catalog.address import address_of, claim
from prmbuild.check.names import folded
from tests.conftest import Repo, page


def claimed(path: str) -> bool:
    return claim(path, folded(address_of(path).file)) is not None


def test_whatever_portals_make_can_be_claimed_by_no_file(programme: Repo) -> None:
    programme.commit(
        {
            "courses/safety/course.yaml": "title: Safety\nstatus: approved\nlessons: [one.md]\n",
            "courses/safety/one.md": page("One"),
        }
    )
    own = {address_of(path).file for path in programme.git("ls-files", "content", "courses").split()}
    made = set(programme.render().files) - (own - {"index.html"})
    assert {"robots.txt", "404.html", "navigation.json", "courses/index.html", "search/index.json"} <= made
    for file in made:
        first = file.partition("/")[0]
        assert claimed(f"content/{file}") and claimed(f"content/{first.upper()}")
        assert claimed(f"content/{file}/below.txt") and claimed(f"content/{file}.md")
        assert claimed(f"content/{first}.md") and claimed(f"content/{first}/page.md")
    assert claimed("courses/README.md")


@pytest.mark.parametrize(
    "name", ["index.md", "README.md", "a/index.md", "a/robots.txt.md", "a/search/b.md", "a/404.html"]
)
def test_what_portals_have_at_their_top_is_free_below(name: str) -> None:
    assert not claimed(f"content/{name}")


def test_pages_of_a_course_may_be_called_as_they_like() -> None:
    assert not any(claimed(f"courses/search/{name}") for name in ("search.md", "quiz.yaml", "robots.txt.md", "a.png"))
    assert claimed("courses/search/index.html.md")
