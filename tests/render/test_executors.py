"""What a cluster renders is what processes here render."""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping

import dask
import pytest
from distributed import LocalCluster

from prmbuild.cache import scratch
from prmbuild.errors import ExecutorError, RenderError
from prmbuild.render import executors
from prmbuild.render.engine import IN_PROCESS
from prmbuild.render.executors import executor_at
from prmbuild.render.look import Look
from prmbuild.render.page import Site
from prmbuild.request import Request
from tests.conftest import NOW, Repo, page


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The scheduler's address, with two workers behind it."""
    with LocalCluster(
        n_workers=2, threads_per_worker=2, processes=True, host="127.0.0.1", dashboard_address=None
    ) as started:
        yield started.scheduler_address.replace("tcp://", "dask://")


@pytest.fixture
def large(programme: Repo) -> Repo:
    """More pages than are rendered without workers."""
    programme.commit(
        {
            f"content/p{number}.md": page(f"P {number}", f"[next](p{number + 1}.md)\n\n## Part\n\n```python\n1\n```\n")
            for number in range(IN_PROCESS + 20)
        }
    )
    return programme


def trees(repo: Repo, url: str | None) -> Mapping[str, Mapping[str, str]]:
    """What comes of a programme that nothing is remembered of, rendered here or on a cluster."""
    with scratch() as cache:
        executor_of = executor_at(url) if url else None
        built = repo.render_request(Request(revision="HEAD", now=NOW, cache=cache, executor_of=executor_of))
        return {tree.portal.id: dict(tree.files) for tree in built.trees}


def test_two_workers_give_the_same_bytes(large: Repo, cluster: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = []
    submit = executors._DaskExecutor.submit

    def counting(self: executors._DaskExecutor, *args: object) -> object:
        sent.append(args)
        return submit(self, *args)

    monkeypatch.setattr(executors._DaskExecutor, "submit", counting)
    here = trees(large, None)
    assert not sent
    assert trees(large, cluster) == here
    assert sent, "the cluster did it"


def test_a_cluster_serves_one_site_after_another(large: Repo, cluster: str) -> None:
    first = trees(large, cluster)
    large.commit(
        {"content/p0.md": page("Renamed"), "prm.yaml": "vendor: Another vendor\nportal_url: https://x.example/\n"}
    )
    there = trees(large, cluster)
    assert there == trees(large, None)
    assert there != first


def test_a_failure_on_a_worker_is_told_as_one_here(cluster: str) -> None:
    with executor_at(cluster)(site()) as started, pytest.raises(RenderError, match="broken") as raised:
        started.executor.submit(fail).result()
    assert raised.value.hint == "mend it"
    assert started.workers == 4


def test_a_worker_with_other_versions_is_refused(cluster: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prmbuild.render.material.Toolchain.fingerprint", "other")
    with executor_at(cluster)(site()) as started, pytest.raises(ExecutorError, match="other libraries"):
        started.executor.submit(fail).result()


@pytest.mark.parametrize("url", ["dask://", "dask://host", "tcp://host:1", "dask://host:port", ""])
def test_what_names_no_cluster_is_refused(url: str) -> None:
    with pytest.raises(ExecutorError):
        executor_at(url)


def test_a_scheduler_that_does_not_answer_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "_CONNECT", 0.5)
    with pytest.raises(ExecutorError, match="no Dask scheduler answers"), executor_at("dask://127.0.0.1:9")(site()):
        pass


CLUSTER = """
import sys
from distributed import LocalCluster
where = {"host": "127.0.0.1", "protocol": "tcp://", "dashboard_address": None}
with LocalCluster(n_workers=1, processes=False, **where) as cluster:
    print(cluster.scheduler_address, flush=True)
    sys.stdin.read()
"""


def test_a_cluster_that_goes_away_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "_LOOK", 0.05)
    program = [sys.executable, "-c", CLUSTER]
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "200ms"}),
        subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as gone,
    ):
        assert gone.stdout is not None
        address = gone.stdout.readline().strip().replace("tcp://", "dask://")
        with pytest.raises(ExecutorError, match="went away"), executor_at(address)(site()) as started:
            waiting = started.executor.submit(time.sleep, 30)
            gone.kill()
            waiting.result(20)


def fail() -> None:
    raise RenderError("content/a.md: broken", hint="mend it")


def site() -> Site:
    return Site(name="Vendor", url="https://x.example/", look=Look(), addresses={}, preview=False)
