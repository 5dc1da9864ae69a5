"""Executors beside this machine's processes: a Dask cluster.

The workers must have the same prmbuild, libraries and Python as this machine; one that has not is told apart by its
toolchain's fingerprint and fails the build, as its bytes could differ.
"""

import logging
import pickle
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future, InvalidStateError
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar
from weakref import WeakSet

from msgspec import Struct

from prmbuild.errors import ExecutorError
from prmbuild.render.engine import ExecutorOf, Started, prepare_worker
from prmbuild.render.material import Toolchain
from prmbuild.render.page import Site

if TYPE_CHECKING:
    from distributed import Client

SCHEME = "dask://"

_CONNECT = 10
"""Seconds in which the scheduler must answer."""

_LOOK = 1
"""Seconds between two looks at whether the scheduler is still there."""

_RETRIES = 2
"""How often work is given to another worker because the one that had it is gone."""

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


def executor_at(url: str) -> ExecutorOf:
    """Return what starts an executor on a cluster.

    Args:
        url: ``dask://host:port`` of its scheduler.

    Raises:
        ExecutorError: the URL names none, or the extra is not installed.
    """
    host, _, port = url.removeprefix(SCHEME).rstrip("/").rpartition(":")
    if not url.startswith(SCHEME) or not host or not port.isdecimal():
        raise ExecutorError(f"'{url}' names no executor", hint="write dask://host:port")
    try:
        import distributed  # noqa: F401
    except ImportError as error:
        raise ExecutorError("Dask is not installed", hint="pip install 'prmbuild[dask]'") from error

    @contextmanager
    def start(site: Site) -> Iterator[Started]:
        with _connected(f"tcp://{host}:{port}") as client:
            workers = sum(client.nthreads().values())
            if not workers:
                raise ExecutorError(f"the cluster at {url} has no workers", hint="start dask workers")
            wanted = _Wanted(site=site, fingerprint=Toolchain(site).fingerprint)
            with _DaskExecutor(client, wanted) as executor:
                yield Started(executor, workers)

    return start


@contextmanager
def _connected(address: str) -> "Iterator[Client]":
    from distributed import Client, KilledWorker
    from distributed.comm.core import CommClosedError

    _say_nothing()
    try:
        client = Client(address, timeout=_CONNECT, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        hint = "check --executor and the network"
        raise ExecutorError(f"no Dask scheduler answers at {address}", hint=hint) from error
    with client:
        try:
            yield client
        except (CancelledError, CommClosedError) as error:
            hint = "run it again when it is back, or without --executor; what was rendered is kept"
            raise ExecutorError(f"the Dask cluster at {address} went away", hint=hint) from error
        except KilledWorker as error:
            hint = "look at their logs: they may have too little memory"
            raise ExecutorError(f"workers of the cluster at {address} died over the same work", hint=hint) from error


def _say_nothing() -> None:
    """Keep to ourselves what Dask logs of its connections, with tracebacks: what became of them is told as an error."""
    for name in [*logging.root.manager.loggerDict, "asyncio"]:
        if name.partition(".")[0] in ("distributed", "tornado", "asyncio"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)


class _Wanted(Struct, frozen=True, kw_only=True):
    """What a worker is set up for, and the fingerprint that its toolchain must have."""

    site: Site
    fingerprint: str


class _DaskExecutor(Executor):
    """Runs calls on a cluster whose workers are set up for a site.

    The site is sent to each worker once: workers that join later get it from the others with their first call. Whoever
    waits for a call hears of it when the scheduler is gone for good, which Dask does not tell them.
    """

    def __init__(self, client: "Client", wanted: _Wanted) -> None:
        self._client = client
        self._executor = client.get_executor(pure=False, retries=_RETRIES)
        self._wanted = client.scatter(wanted, broadcast=True, hash=False)
        self._under_way: WeakSet[Future[Any]] = WeakSet()
        self._over = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def submit(
        self, fn: Callable[_Arguments, _Result], /, *args: _Arguments.args, **kwargs: _Arguments.kwargs
    ) -> Future[_Result]:
        """Run a call on some worker."""
        # As bytes, so that Dask does not look through every page for work of its own.
        call = pickle.dumps((fn, args, kwargs))
        submitted: Future[_Result] = self._executor.submit(_run, self._wanted, call)
        self._under_way.add(submitted)
        return submitted

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Watch the scheduler no longer; the client ends by itself."""
        self._over.set()

    def _watch(self) -> None:
        while not self._over.wait(_LOOK):
            if self._client.status == "closed":
                for one in list(self._under_way):
                    with suppress(InvalidStateError):  # it is over
                        one.set_exception(CancelledError())


_prepared: _Wanted | None = None
_one_at_a_time = threading.Lock()
"""mkdocs is not made for threads, which a worker may have several of."""


def _run(wanted: _Wanted, call: bytes) -> object:
    """Run a call on a worker, which is set up where it was not yet."""
    global _prepared
    with _one_at_a_time:
        if _prepared is not wanted:
            if Toolchain(wanted.site).fingerprint != wanted.fingerprint:
                raise ExecutorError(
                    "a worker of the cluster has another prmbuild, other libraries or another Python",
                    hint="install the same versions on every worker",
                )
            prepare_worker(wanted.site)
            _prepared = wanted
        fn, args, kwargs = pickle.loads(call)
        result: object = fn(*args, **kwargs)
        return result
