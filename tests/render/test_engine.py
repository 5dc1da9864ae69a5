"""The engine gives the same whatever does the work, holds only so much at a time, and makes again what was lost."""

import multiprocessing
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from pathlib import Path
from typing import ParamSpec, TypeVar

import pytest

from prmbuild.cache import DirectoryCache, scratch
from prmbuild.catalog.address import address_of
from prmbuild.errors import RenderError
from prmbuild.render.article import PageInput
from prmbuild.render.engine import AHEAD, BATCH, IN_PROCESS, Engine, Started, engine, prepare_worker
from prmbuild.render.look import Look
from prmbuild.render.page import PageFacts, Site
from prmbuild.render.variant import Variant

_P = ParamSpec("_P")
_T = TypeVar("_T")

COUNT = IN_PROCESS + 3 * BATCH
PATHS = tuple(f"content/page-{number:03}.md" for number in range(COUNT))
SITE = Site(
    name="Robots",
    url="https://vendor.example/",
    look=Look(),
    addresses={path: address_of(path) for path in PATHS},
    preview=False,
)


def page_input(number: int, text: str = "") -> PageInput:
    following = PATHS[(number + 1) % COUNT].rpartition("/")[2]
    text = text or f"## Part {number}\n\nSee [the next]({following}).\n\n<!-- SECRET -->"
    return PageInput.of(path=PATHS[number], text=text, title=f"Page {number}", description="", language="en")


INPUTS = {page.key: page for page in map(page_input, range(COUNT))}


def everything(renders: Engine, cache: DirectoryCache) -> dict[str, bytes]:
    """Every page's bytes, its link followed on every other page."""
    articles = renders.articles(INPUTS)
    assert set(articles) == set(INPUTS)
    variants = (
        Variant(
            article=article,
            followed=frozenset(reference.written for reference in article.references[number % 2 :]),
            facts=PageFacts(updated="2026-11-01"),
        )
        for number, article in enumerate(articles.values())
    )
    pages = renders.pages({variant.key: variant for variant in variants})
    return {key: cache.object(digest) for key, digest in pages}


class Here(Executor):
    """Runs everything at once when it is handed in, and counts what is handed in and not yet taken."""

    def __init__(self) -> None:
        self.waiting = self.most = self.submitted = 0

    def submit(self, function: Callable[_P, _T], /, *arguments: _P.args, **named: _P.kwargs) -> Future[_T]:
        future: _Taken[_T] = _Taken(self)
        future.set_result(function(*arguments, **named))
        self.submitted += 1
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        return future


class _Taken(Future[_T]):
    def __init__(self, executor: Here) -> None:
        super().__init__()
        self._executor = executor

    def result(self, timeout: float | None = None) -> _T:
        self._executor.waiting -= 1
        return super().result(timeout)


def test_processes_give_what_one_process_gives(tmp_path: Path) -> None:
    with scratch() as cache, engine(SITE, 1, cache) as renders:
        alone = everything(renders, cache)
    for _ in range(2):
        cache = DirectoryCache(tmp_path)
        with engine(SITE, 2, cache) as renders:
            assert everything(renders, cache) == alone
        cache.close()
    assert all(b"SECRET" not in data for data in alone.values())


def test_only_so_many_batches_are_under_way() -> None:
    here = Here()

    @contextmanager
    def executor_of(site: Site) -> Iterator[Started]:
        prepare_worker(site)
        yield Started(here, workers=2)

    with scratch() as cache, engine(SITE, 1, cache, executor_of) as renders:
        read: list[int] = []

        def numbers() -> Iterator[int]:
            for number in range(1000):
                read.append(number)
                yield number

        made = renders.map(abs, numbers(), batch=5)
        assert next(made) == 0
        assert len(read) <= 5 * AHEAD * 2 + IN_PROCESS
        assert list(made) == list(range(1, 1000))
        assert here.submitted == 200
        assert here.most <= AHEAD * 2


def test_a_body_that_was_lost_is_made_again(tmp_path: Path) -> None:
    with engine(SITE, 1, DirectoryCache(tmp_path)) as renders:
        articles = renders.articles(INPUTS)
        bodies = {key: renders.body(key) for key in articles}
        for place in tmp_path.rglob("*"):
            if place.is_file():
                place.unlink()
        assert {key: renders.body(key) for key in articles} == bodies
        assert all("SECRET" not in body.safe and "next" in body.safe for body in bodies.values())


def test_a_failure_in_a_worker_comes_out_and_ends_the_work() -> None:
    broken = {page.key: page for page in [*INPUTS.values(), page_input(0, "[a](http://[x)")]}
    with (
        scratch() as cache,
        engine(SITE, 2, cache) as renders,
        pytest.raises(RenderError, match=r"content/page-000\.md"),
    ):
        renders.articles(broken)


def test_workers_are_started_afresh_where_there_are_threads() -> None:
    done = threading.Event()
    other = threading.Thread(target=done.wait)
    other.start()
    try:
        with scratch() as cache, engine(SITE, 2, cache) as renders:
            assert list(renders.map(abs, range(-COUNT, 0))) == list(range(COUNT, 0, -1))
    finally:
        done.set()
        other.join()


def test_workers_that_rest_are_gone_until_there_is_something_to_do() -> None:
    with scratch() as cache, engine(SITE, 2, cache) as renders:
        for _ in range(2):
            assert list(renders.map(abs, range(-COUNT, 0))) == list(range(COUNT, 0, -1))
            assert multiprocessing.active_children()
            renders.rest()
            assert not multiprocessing.active_children()
