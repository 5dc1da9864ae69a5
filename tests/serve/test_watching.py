import asyncio
from collections.abc import Callable, Coroutine, Sequence

from prmbuild.serve import watching
from prmbuild.serve.watching import Changed
from tests.conftest import Repo, page
from tests.serve.loops import run

Step = tuple[Callable[[], object], bool]
"""Something done, and whether it is to be noticed."""

SETTLED = 2 * watching.POLL
"""Seconds after which what was to be noticed of a step has been."""


async def watched(watch: Callable[[Changed], Coroutine[object, object, None]], steps: Sequence[Step]) -> None:
    """Take steps while watching, and hold each against whether it is to be noticed."""
    seen = asyncio.Event()
    watcher = asyncio.create_task(watch(seen.set))
    await asyncio.sleep(SETTLED)
    for number, (step, expected) in enumerate(steps):
        seen.clear()
        step()
        if expected:
            await asyncio.wait_for(seen.wait(), 60)
        await asyncio.sleep(SETTLED)
        assert seen.is_set() == expected, f"step {number}"
    watcher.cancel()


def test_files_of_the_programme_are_watched_and_nothing_else(programme: Repo) -> None:
    root = programme.path
    steps = (
        (lambda: programme.write({"content/start.md": page("Start")}), True),
        (lambda: programme.write({"content/deep/er/page.md": page("Deep")}), True),
        (lambda: programme.write({"content/deep/er/page.md": None}), True),
        (lambda: programme.write({"prm.yaml": (root / "prm.yaml").read_text() + "\n"}), True),
        (lambda: (root / "visibility.yaml").rename(root / "moved.yaml"), True),
        (lambda: programme.write({"courses/a/course.yaml": "title: A"}), True),
        (lambda: programme.write({"courses/a/course.yaml": "title: B"}), True),
        (lambda: programme.write({"README.md": "x", ".venv/content/a.md": "x", "public/index.html": "x"}), False),
        (lambda: programme.git("status"), False),
    )
    run(watched(lambda changed: watching.watch_files(root, changed), steps))


def test_commits_are_noticed_however_git_keeps_them(programme: Repo) -> None:
    steps = (
        (lambda: programme.commit({"content/start.md": page("Start")}), True),
        (lambda: programme.git("pack-refs", "--all"), False),
        (lambda: programme.commit({"content/start.md": page("Start again")}), True),
        (lambda: programme.git("checkout", "-q", "HEAD~1"), True),
        (lambda: programme.write({"content/start.md": page("Not committed")}), False),
    )
    run(watched(lambda changed: watching.watch_commits(programme.path, changed), steps))
