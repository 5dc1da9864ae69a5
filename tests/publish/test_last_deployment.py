"""A deployment with nothing to do is over after one request; whatever may have changed makes it one like any other."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from prmbuild.access.entries import REVOKED_EVERYBODY
from prmbuild.publish.deploy import roll_back
from prmbuild.publish.edges.edges import Edges
from prmbuild.publish.last_deployment import remember, sessions_known, still_live
from prmbuild.publish.sessions import revoke
from prmbuild.records.layout import JSON, LIVE
from prmbuild.records.live import shown
from prmbuild.records.records import Live
from prmbuild.request import Request
from prmbuild.sessions.state import PLACE
from prmbuild.source.git import GitRepository, opened
from prmbuild.store.store import Store
from prmbuild.store.writing import content
from tests.conftest import Repo, page
from tests.edge.memory import MemoryEdge
from tests.publish.sites import NOW, OLD, Killed, Watched, WatchedEdge, directory, put_live, site


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = directory(tmp_path / "store")
    put_live(made, site(tmp_path / "blobs", {"gold": {"index.html": "first"}}))
    put_live(made, site(tmp_path / "blobs", OLD))
    return made


def live_in(store: Store) -> Live:
    now = shown(store)
    assert now is not None
    return now.live


@contextmanager
def deployed(programme: Repo, store: Store) -> Iterator[tuple[GitRepository, Request]]:
    with opened(programme.path) as repository:
        request = programme.request()
        remember(repository, request, store, None, live=live_in(store), sessions="", due=None)
        yield repository, request


def test_the_same_again_is_one_request(programme: Repo, store: Store) -> None:
    with deployed(programme, store) as (repository, request):
        watched = Watched(store)
        last = still_live(repository, request, watched, None)
        assert last is not None and last.revision == programme.git("rev-parse", "HEAD").strip()
        assert watched.operations == ["get live"]
        later = replace(request, now=request.now + timedelta(hours=1))
        assert still_live(repository, later, store, None) is not None


def test_whatever_may_have_changed_is_looked_at(programme: Repo, store: Store, tmp_path: Path) -> None:
    with deployed(programme, store) as (repository, request):
        other = directory(tmp_path / "other")
        assert still_live(repository, request, other, None) is None
        assert still_live(repository, request, store, MemoryEdge()) is None
        assert still_live(repository, replace(request, worktree=True), store, None) is None
        for days in (-1, 1):
            assert still_live(repository, replace(request, now=request.now + timedelta(days=days)), store, None) is None
        roll_back(store, "", owner="a test", by="a test", clock=lambda: NOW)
        assert still_live(repository, request, store, None) is None


@pytest.mark.parametrize("said", [{"deployment": "0" * 32}, {"pinned": True}, None], ids=str)
def test_a_pointer_that_was_changed_is_looked_at(
    programme: Repo, store: Store, said: dict[str, str | bool] | None
) -> None:
    with deployed(programme, store) as (repository, request):
        found = store.get(LIVE)
        assert found is not None
        text = json.dumps({**json.loads(found[0]), **said}) if said is not None else "<html>"
        with content(text.encode(), JSON) as made:
            store.put_matching(LIVE, made, found[1].tag)
        assert still_live(repository, request, store, None) is None


def test_another_commit_is_looked_at(programme: Repo, store: Store) -> None:
    with deployed(programme, store):
        pass
    programme.commit({"content/more.md": page("More")})
    with opened(programme.path) as repository:
        assert still_live(repository, programme.request(), store, None) is None


def test_what_is_due_is_looked_at(programme: Repo, store: Store) -> None:
    with opened(programme.path) as repository:
        request = programme.request()
        remember(
            repository,
            request,
            store,
            None,
            live=live_in(store),
            sessions="",
            due=request.now + timedelta(minutes=10),
        )
        soon, then = (replace(request, now=request.now + timedelta(minutes=minutes)) for minutes in (9, 10))
        assert still_live(repository, soon, store, None) is not None
        assert still_live(repository, then, store, None) is None


def test_a_revocation_that_ended_in_between_is_not_passed_over(programme: Repo, store: Store) -> None:
    edge = MemoryEdge()
    Edges(store, edge, lambda: NOW).tidy("a test")
    Edges(store, edge, lambda: NOW).turn()

    def stop() -> None:
        raise Killed

    with opened(programme.path) as repository:
        request = programme.request()
        known = sessions_known(store, edge)
        remember(repository, request, store, edge, live=live_in(store), sessions=known, due=None)
        watched = Watched(store)
        assert still_live(repository, request, watched, edge) is not None
        assert watched.operations == ["get live", "get runtime/sessions.json"]
        bare = MemoryEdge()
        bare.update("0", edge.entries(), ["live"])
        assert still_live(repository, request, store, bare) is None, "somebody deleted what it shows"
        kept = store.get(PLACE)
        assert kept is not None
        store.delete([PLACE])
        assert still_live(repository, request, store, edge) is None, "whom it shut out is not known any more"
        with content(kept[0], JSON) as made:
            store.put_absent(PLACE, made)
        with pytest.raises(Killed):
            revoke(store, Edges(store, WatchedEdge(edge, 1, stop), lambda: NOW), [REVOKED_EVERYBODY], lambda: NOW)
        assert not edge.get(REVOKED_EVERYBODY)
        assert still_live(repository, request, store, edge) is None
        # a note of a run that it came across says what the edge had heard of for certain
        remember(repository, request, store, edge, live=live_in(store), sessions=known, due=None)
        assert still_live(repository, request, store, edge) is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"since": 1}', "[" * 50_000])
def test_a_note_that_cannot_be_read_is_none(programme: Repo, store: Store, text: str) -> None:
    with deployed(programme, store) as (repository, request):
        for note in (request.cache.folder / "deployed").iterdir():
            note.write_text(text)
        assert still_live(repository, request, store, None) is None
