"""The render-once engine: every article and every variant is rendered once, in as many processes as asked for.

Work goes out in batches and comes back by key, so neither the number of workers nor their speed shows in the result.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from contextlib import AbstractContextManager, contextmanager
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.context import BaseContext
from typing import NamedTuple, TypeVar

from prmbuild.cache import Cache
from prmbuild.progress import Progress, Silence
from prmbuild.render.article import Article, Consulted, PageInput
from prmbuild.render.material import Toolchain
from prmbuild.render.memory import Memory
from prmbuild.render.page import Site
from prmbuild.render.variant import Variant, render_variant

BATCH = 32
"""Pages sent to a worker at a time: large enough to hide the cost of sending, small enough to share work evenly."""

IN_PROCESS = 48
"""With no more pages than this, starting workers costs more than they save."""


class Started(NamedTuple):
    """An executor, and how many workers it has."""

    executor: Executor
    workers: int


ExecutorOf = Callable[[Site], AbstractContextManager[Started]]
"""Starts an executor whose workers are set up with `prepare_worker`."""

_SILENCE = Silence()

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Engine:
    """Renders for one site.

    Args:
        toolchain: renders in this process.
        executor: renders batches elsewhere, its workers set up with `prepare_worker`; None renders here.
        memory: what was rendered before; None remembers nothing.
    """

    def __init__(self, toolchain: Toolchain, executor: Executor | None, memory: Memory | None) -> None:
        self.toolchain = toolchain
        self._executor = executor
        self._memory = memory

    def articles(self, inputs: Mapping[str, PageInput], progress: Progress = _SILENCE) -> Mapping[str, Article]:
        """Render pages' Markdown: key of its input → article.

        Raises:
            RenderError: a page cannot be rendered.
        """
        articles: dict[str, Article] = {}
        missing: list[PageInput] = []
        if self._memory:
            self._memory.fetch_articles(inputs)
        for key, page in inputs.items():
            remembered = self._memory.article(page) if self._memory else None
            if remembered is None:
                missing.append(page)
            else:
                articles[key] = remembered
        progress.reused(len(articles))
        for batch in self._run(_articles, missing):
            for article, consulted in batch:
                articles[article.key] = article
                if self._memory:
                    self._memory.keep_article(article, consulted)
            progress.advance(len(batch))
        return articles

    def pages(self, variants: Mapping[str, Variant], progress: Progress = _SILENCE) -> Iterator[tuple[str, bytes]]:
        """Render variants: yields key and bytes, each once, in no particular order.

        Raises:
            RenderError: a page cannot be rendered.
        """
        missing: list[Variant] = []
        if self._memory:
            self._memory.fetch_pages(variants)
        for key, variant in variants.items():
            remembered = self._memory.page(key) if self._memory else None
            if remembered is None:
                missing.append(variant)
            else:
                yield key, remembered
        progress.reused(len(variants) - len(missing))
        for batch in self._run(_pages, missing):
            for key, data in batch:
                if self._memory:
                    self._memory.keep_page(key, data)
                yield key, data
            progress.advance(len(batch))

    def _run(
        self, work: Callable[[Toolchain, Sequence[_Item]], list[_Result]], items: list[_Item]
    ) -> Iterator[list[_Result]]:
        batches = [items[start : start + BATCH] for start in range(0, len(items), BATCH)]
        if self._executor is None or len(items) <= IN_PROCESS:
            for batch in batches:
                yield work(self.toolchain, batch)
        else:
            futures = [self._executor.submit(_in_worker, work, batch) for batch in batches]
            for future in as_completed(futures):
                yield future.result()


@contextmanager
def engine(site: Site, jobs: int, cache: Cache | None, executor_of: ExecutorOf | None = None) -> Iterator[Engine]:
    """Start an engine.

    Args:
        site: what to render for.
        jobs: processes that render; with one, everything is rendered here.
        cache: keeps what is rendered; None keeps nothing.
        executor_of: starts workers elsewhere; without it they are processes here.

    Raises:
        RenderError: the site's look cannot be used, or no workers can be had.
    """
    toolchain = Toolchain(site)
    memory = Memory(cache, toolchain.fingerprint, site.addresses) if cache else None
    if executor_of is not None:
        with executor_of(site) as started:
            yield Engine(toolchain, started.executor, memory)
        return
    if jobs <= 1:
        yield Engine(toolchain, None, memory)
        return
    with ProcessPoolExecutor(jobs, mp_context=_context(), initializer=prepare_worker, initargs=(site,)) as executor:
        yield Engine(toolchain, executor, memory)


def _context() -> BaseContext:
    """Fork where that is safe, as it takes the imports along; a process with threads starts its workers afresh."""
    methods = get_all_start_methods()
    alone = threading.active_count() == 1
    return get_context("fork" if alone and "fork" in methods else "forkserver" if "forkserver" in methods else "spawn")


_worker: Toolchain | None = None


def prepare_worker(site: Site) -> None:
    """Set a worker process up for a site, once."""
    global _worker
    _worker = Toolchain(site)


def _in_worker(work: Callable[[Toolchain, Sequence[_Item]], list[_Result]], batch: Sequence[_Item]) -> list[_Result]:
    assert _worker is not None
    return work(_worker, batch)


def _articles(toolchain: Toolchain, batch: Sequence[PageInput]) -> list[tuple[Article, Consulted]]:
    return [toolchain.article(page) for page in batch]


def _pages(toolchain: Toolchain, batch: Sequence[Variant]) -> list[tuple[str, bytes]]:
    return [(variant.key, render_variant(toolchain, variant)) for variant in batch]
