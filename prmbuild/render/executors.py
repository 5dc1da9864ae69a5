"""Executors beside this machine's processes: a Dask cluster.

The workers must have the same prmbuild, libraries and Python as this machine; one that has not is told apart by its
toolchain's fingerprint and fails the build, as its bytes could differ.
"""

import pickle
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from msgspec import Struct

from prmbuild.errors import RenderError
from prmbuild.render.engine import ExecutorOf, Started, prepare_worker
from prmbuild.render.material import Toolchain
from prmbuild.render.page import Site

if TYPE_CHECKING:
    from distributed import Client

SCHEME = "dask://"

_CONNECT = 10
"""Seconds in which the scheduler must answer."""

_RETRIES = 2
"""How often work is given to another worker because the one that had it is gone."""

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


def executor_at(url: str) -> ExecutorOf:
    """Return what starts an executor on a cluster.

    Args:
        url: ``dask://host:port`` of its scheduler.

    Raises:
        RenderError: the URL names none, or the extra is not installed.
    """
    host, _, port = url.removeprefix(SCHEME).rstrip("/").rpartition(":")
    if not url.startswith(SCHEME) or not host or not port.isdecimal():
        raise RenderError(f"'{url}' names no executor", hint="write dask://host:port")
    try:
        import distributed  # noqa: F401
    except ImportError as error:
        raise RenderError("Dask is not installed", hint="pip install 'prmbuild[dask]'") from error

    @contextmanager
    def start(site: Site) -> Iterator[Started]:
        with _connected(f"tcp://{host}:{port}") as client:
            workers = sum(client.nthreads().values())
            if not workers:
                raise RenderError(f"the cluster at {url} has no workers", hint="start dask workers")
            wanted = _Wanted(site=site, fingerprint=Toolchain(site).fingerprint)
            yield Started(_DaskExecutor(client, wanted), workers)

    return start


@contextmanager
def _connected(address: str) -> "Iterator[Client]":
    from distributed import Client

    try:
        client = Client(address, timeout=_CONNECT, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise RenderError(f"no Dask scheduler answers at {address}", hint="check --executor and the network") from error
    with client:
        yield client


class _Wanted(Struct, frozen=True, kw_only=True):
    """What a worker is set up for, and the fingerprint that its toolchain must have."""

    site: Site
    fingerprint: str


class _DaskExecutor(Executor):
    """Runs calls on a cluster whose workers are set up for a site.

    The site is sent to each worker once: workers that join later get it from the others with their first call.
    """

    def __init__(self, client: "Client", wanted: _Wanted) -> None:
        self._executor = client.get_executor(pure=False, retries=_RETRIES)
        self._wanted = client.scatter(wanted, broadcast=True, hash=False)

    def submit(
        self, fn: Callable[_Arguments, _Result], /, *args: _Arguments.args, **kwargs: _Arguments.kwargs
    ) -> Future[_Result]:
        """Run a call on some worker."""
        # As bytes, so that Dask does not look through every page for work of its own.
        call = pickle.dumps((fn, args, kwargs))
        submitted: Future[_Result] = self._executor.submit(_run, self._wanted, call)
        return submitted


_prepared: _Wanted | None = None
_one_at_a_time = threading.Lock()
"""mkdocs is not made for threads, which a worker may have several of."""


def _run(wanted: _Wanted, call: bytes) -> object:
    """Run a call on a worker, which is set up where it was not yet."""
    global _prepared
    with _one_at_a_time:
        if _prepared is not wanted:
            if Toolchain(wanted.site).fingerprint != wanted.fingerprint:
                raise RenderError(
                    "a worker of the cluster has another prmbuild, other libraries or another Python",
                    hint="install the same versions on every worker",
                )
            prepare_worker(wanted.site)
            _prepared = wanted
        fn, args, kwargs = pickle.loads(call)
        result: object = fn(*args, **kwargs)
        return result
