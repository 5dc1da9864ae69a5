from contextlib import ExitStack

from prmbuild.build import build
from prmbuild.desired import desired, read_authored
from prmbuild.preview.changed import ChangedPortal, Side, changed_portals, write_changed
from prmbuild.preview.index import index
from prmbuild.progress import Silence
from prmbuild.source.git import opened
from tests.conftest import VISIBILITY, Repo, page


def side(repo: Repo, revision: str, stack: ExitStack) -> Side:
    repository = stack.enter_context(opened(repo.path))
    request = repo.request(revision=revision)
    state = stack.enter_context(desired(read_authored(repository, request), request, Silence()))
    return Side(state, build(state, Silence()))


def titles(portal: ChangedPortal) -> tuple[list[str], ...]:
    return tuple([page.title for page in pages] for pages in (portal.added, portal.changed, portal.removed))


def test_only_portals_that_change_are_written_and_the_index_says_what_changed(programme: Repo) -> None:
    programme.commit(
        {
            "content/gold/prices.md": page("Gold price list", "The robot costs 815 crowns."),
            "content/gold/new.md": page("<New> terms"),
        }
    )
    with ExitStack() as stack:
        base, head = side(programme, "HEAD~1", stack), side(programme, "HEAD", stack)
        (portal,) = changed = changed_portals(base, head)
        assert (portal.id, portal.was) == ("gold-emea", "gold-emea")
        assert titles(portal) == (["<New> terms"], ["Gold price list"], [])
        out = programme.path.with_name("changed")
        write_changed(head, changed, index(head, changed, "abc", known=True), out, Silence())
    assert [place.name for place in (out / "portals").iterdir()] == ["gold-emea"]
    assert out.stat().st_mode & 0o777 == 0o700
    text = (out / "index.html").read_text()
    assert "&lt;New&gt; terms" in text and "<New>" not in text
    assert 'href="portals/gold-emea/gold/new/index.html"' in text
    assert (out / "portals/gold-emea/gold/new/index.html").is_file()
    assert "Private." in text and "1 of 2 portals differ" in text and "Arbor" not in text


def test_viewers_who_part_are_compared_with_what_they_had(programme: Repo) -> None:
    programme.commit(
        {"visibility.yaml": f"{VISIBILITY}  - paths: [content/robot.md]\n    show_to: {{role: technical}}\n"}
    )
    with ExitStack() as stack:
        base, head = side(programme, "HEAD~1", stack), side(programme, "HEAD", stack)
        changed = {portal.id: portal for portal in changed_portals(base, head)}
    assert set(changed) == {"gold-emea--sales", "silver-emea--sales"}
    assert changed["gold-emea--sales"].was == "gold-emea"
    assert "The robot" in titles(changed["gold-emea--sales"])[2]


def test_nothing_changes_and_nothing_is_known(programme: Repo) -> None:
    with ExitStack() as stack:
        head = side(programme, "HEAD", stack)
        assert changed_portals(head, head) == ()
        assert [portal.was for portal in changed_portals(None, head)] == [None, None]
        assert "No portal changes." in index(head, (), "abc", known=True)
