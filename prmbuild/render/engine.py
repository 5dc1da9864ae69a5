"""The render-once engine: every article and every variant is rendered once, in as many processes as asked for.

Work goes out in batches, of which only so many are under way that no worker waits, and comes back in order. So neither
the number of workers nor their speed shows in the result, and what is held at a time does not grow with the programme.
"""

import gc
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from hashlib import sha256
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from prmbuild.cache import Cache
from prmbuild.catalog.address import Address
from prmbuild.progress import Progress, Silence
from prmbuild.render.article import Article, ArticleBody, PageInput
from prmbuild.render.material import Toolchain
from prmbuild.render.memory import Answers, Memory
from prmbuild.render.page import Site
from prmbuild.render.stored import StoredArticle, Tied, read_article, read_body, write_article, write_body
from prmbuild.render.variant import Variant, render_variant

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future
    from multiprocessing.context import BaseContext

BATCH = 16
"""Pages sent to a worker at a time: large enough to hide the cost of sending, small enough to share work evenly."""

IN_PROCESS = 32
"""With no more pages than this, starting workers costs more than they save."""

AHEAD = 3
"""Batches under way for each worker: one that it works at, and what it takes up next."""


class Started(NamedTuple):
    """An executor, and how many workers it has."""

    executor: "Executor"
    workers: int


ExecutorOf = Callable[[Site], AbstractContextManager[Started]]
"""Starts an executor whose workers are set up with `prepare_worker`."""

_MADE, _YOUNG, _OLD = 20_000, 20, 100
"""When a worker looks for garbage that refers to itself: much more seldom than Python would, as pages make little."""

_SILENCE = Silence()
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Engine:
    """Renders for one site.

    Args:
        toolchain: renders in this process.
        start: starts what runs batches in other processes, its workers set up with `prepare_worker`; called when there
            is enough to do. None runs everything here.
        stop: ends what was started.
        memory: what was rendered before, and where bodies lie until they are needed.
        elsewhere: whether these processes are on other machines.
    """

    def __init__(
        self,
        toolchain: Toolchain,
        start: Callable[[], Started] | None,
        stop: Callable[[], None],
        memory: Memory,
        *,
        elsewhere: bool = False,
    ) -> None:
        self.toolchain = toolchain
        self._start, self._stop = start, stop
        self._elsewhere = elsewhere
        self._started: Started | None = None
        self._memory = memory
        self._inputs: dict[str, PageInput] = {}
        self._consulted: dict[str, Callable[[], Tied]] = {}
        self._bodies: dict[str, str] = {}

    def start(self) -> Started:
        """Start the workers, if they are not yet.

        Raises:
            RenderError: there are none to be had.
        """
        if self._started is None:
            assert self._start is not None
            self._started = self._start()
        return self._started

    def rest(self) -> None:
        """End this machine's processes and give their memory back; others start when there is something to do again."""
        if self._started is not None and not self._elsewhere:
            self._stop()
            self._started = None
            gc.freeze()  # what lives now stays in pages that this process shares with those it starts next

    def articles(self, inputs: Mapping[str, PageInput], progress: Progress = _SILENCE) -> Mapping[str, Article]:
        """Render pages' Markdown: key of its input → article. Their bodies are to be had from `body`.

        Raises:
            RenderError: a page cannot be rendered.
        """
        self._inputs |= inputs
        articles: dict[str, Article] = {}
        paths = {key: page.path for key, page in inputs.items()}
        for key, stored in self._memory.articles(paths).items():
            articles[key] = self._known(stored)
        progress.reused(len(articles))
        missing = [page for key, page in inputs.items() if key not in articles]
        for made in _cut(self._run(_rendered, missing), BATCH):
            self._memory.keep_articles(made)
            for key, article, _ in made:
                articles[key] = self._known(read_article(article))
            progress.advance(len(made))
        self._memory.keep_pieces()
        return {key: articles[key] for key in inputs}

    def _known(self, stored: StoredArticle) -> Article:
        key = stored.article.key
        self._bodies[key], self._consulted[key] = stored.body, stored.read_tied
        return stored.article

    def alike(self, addresses: Mapping[str, Address]) -> frozenset[str]:
        """Return the keys of the articles so far that are the same in a site that differs in its addresses alone."""
        finds = Answers(addresses)
        return frozenset(key for key, tied in self._consulted.items() if finds.same(tied().consulted))

    def body(self, key: str) -> ArticleBody:
        """Return the body of an article that `articles` returned.

        Raises:
            RenderError: it had to be rendered again, and cannot be.
        """
        return read_body(self.stored_body(key))

    def stored_body(self, key: str) -> bytes:
        """Return the body of an article as `prmbuild.render.stored.read_body` reads it.

        Raises:
            RenderError: the memory lost it, and it cannot be rendered again.
        """
        kept = self._memory.body(self._bodies[key])
        return _rendered(self.toolchain, self._inputs[key])[2] if kept is None else kept

    def body_digest(self, key: str) -> str:
        """Return the SHA-256 of the body of an article that `articles` returned."""
        return self._bodies[key]

    def pages(self, variants: Mapping[str, Variant], progress: Progress = _SILENCE) -> Iterator[tuple[str, str]]:
        """Render variants of articles that `articles` returned: yields key and digest of the bytes, each once.

        The bytes are in the cache.

        Raises:
            RenderError: a page cannot be rendered.
        """
        remembered = self._memory.pages(variants)
        yield from remembered.items()
        progress.reused(len(remembered))
        missing = [variant for key, variant in variants.items() if key not in remembered]
        self._memory.bodies({self._bodies[variant.article.key] for variant in missing})
        wanted = ((variant, self.stored_body(variant.article.key)) for variant in missing)
        for made in _cut(self._run(_page, wanted), BATCH):
            yield from self._memory.keep_pages(dict(made)).items()
            progress.advance(len(made))

    def map(
        self, function: Callable[[_Item], _Result], items: Iterable[_Item], batch: int = BATCH
    ) -> Iterator[_Result]:
        """Yield what a function makes of each item, in order, made by the engine's workers.

        Args:
            function: defined at the top of a module, so that it can be sent there.
            items: what it is given; read as workers become free.
            batch: how many are sent at a time.
        """
        return self._run(partial(_mapped, function), items, batch)

    def _run(
        self, work: Callable[[Toolchain, _Item], _Result], items: Iterable[_Item], size: int = BATCH
    ) -> Iterator[_Result]:
        remaining = iter(items)
        first = list(islice(remaining, IN_PROCESS + 1))
        if self._start is None or len(first) <= IN_PROCESS:
            yield from (work(self.toolchain, item) for item in first)
            yield from (work(self.toolchain, item) for item in remaining)
            return
        started = self.start()
        under_way: deque[Future[list[_Result]]] = deque()
        try:
            for batch in _cut(chain(first, remaining), size):
                under_way.append(started.executor.submit(_in_worker, work, batch))
                if len(under_way) >= AHEAD * started.workers:
                    yield from under_way.popleft().result()
            while under_way:
                yield from under_way.popleft().result()
        finally:
            for future in under_way:
                future.cancel()


@contextmanager
def engine(site: Site, jobs: int, cache: Cache, executor_of: ExecutorOf | None = None) -> Iterator[Engine]:
    """Start an engine.

    Args:
        site: what to render for.
        jobs: processes that render; with one, everything is rendered here.
        cache: keeps what is rendered.
        executor_of: starts workers elsewhere; without it they are processes here.

    Raises:
        RenderError: the site's look cannot be used, or no workers can be had.
    """
    toolchain = Toolchain(site)
    memory = Memory(cache, toolchain.fingerprint, site.addresses, preview=site.preview)
    with ExitStack() as stack:

        def start() -> Started:
            return stack.enter_context(executor_of(site) if executor_of else _processes(toolchain, jobs))

        starts = start if executor_of or jobs > 1 else None
        makes = Engine(toolchain, starts, stack.close, memory, elsewhere=executor_of is not None)
        if executor_of is not None:
            makes.start()  # so that whoever is not there is missed at once
        yield makes


@contextmanager
def _processes(toolchain: Toolchain, jobs: int) -> Iterator[Started]:
    """Start an executor whose processes start with the first batch, and take this process's toolchain along."""
    from prmbuild.workers import worker_processes  # takes long to import, and most edits need no processes

    global _worker
    _worker = toolchain
    gc.freeze()
    with worker_processes(jobs, _context(), partial(_start_worker, toolchain.site)) as executor:
        yield Started(executor, jobs)


def _context() -> "BaseContext":
    """Fork where that is safe, as it takes the imports along; a process with threads starts its workers afresh."""
    from multiprocessing import get_all_start_methods, get_context

    methods = get_all_start_methods()
    alone = threading.active_count() == 1
    return get_context("fork" if alone and "fork" in methods else "forkserver" if "forkserver" in methods else "spawn")


_worker: Toolchain | None = None


def prepare_worker(site: Site) -> None:
    """Set a worker process up for a site, once; one that was forked has its parent's toolchain."""
    global _worker
    if _worker is None or _worker.site is not site:
        _worker = Toolchain(site)


def _start_worker(site: Site) -> None:
    gc.set_threshold(_MADE, _YOUNG, _OLD)
    prepare_worker(site)


def _in_worker(work: Callable[[Toolchain, _Item], _Result], batch: Sequence[_Item]) -> list[_Result]:
    assert _worker is not None
    return [work(_worker, item) for item in batch]


def _rendered(toolchain: Toolchain, page: PageInput) -> tuple[str, bytes, bytes]:
    """Return the key of an article, the article and its body."""
    rendered = toolchain.article(page)
    body = write_body(rendered.body)
    return page.key, write_article(rendered, sha256(body).hexdigest()), body


def _page(toolchain: Toolchain, wanted: tuple[Variant, bytes]) -> tuple[str, bytes]:
    variant, body = wanted
    return variant.key, render_variant(toolchain, variant, read_body(body))


def _mapped(function: Callable[[_Item], _Result], toolchain: Toolchain, item: _Item) -> _Result:
    return function(item)


def _cut(items: Iterator[_Item], size: int) -> Iterator[list[_Item]]:
    while batch := list(islice(items, size)):
        yield batch
