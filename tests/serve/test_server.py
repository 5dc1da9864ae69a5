import socket
from datetime import datetime
from pathlib import Path

import pytest

from prmbuild.cache import DirectoryCache
from prmbuild.errors import PrmError, SourceError
from prmbuild.serve.server import serve
from tests.conftest import NOW, Repo, page
from tests.serve.loops import apart
from tests.serve.running import running


def now() -> datetime:
    return NOW


def test_it_serves_what_is_approved_and_rebuilds_on_a_commit(programme: Repo) -> None:
    with running(programme.path, worktree=False) as server:
        assert server.url.startswith("http://127.0.0.1:")
        assert "4711 crowns" in server.get("/gold/prices/")[1]
        assert server.get("/gold/prices/", "arbor:sales")[0] == 404
        programme.write({"content/robot.md": page("The robot", "Not committed yet.")})
        programme.commit({"content/start.md": page("Start here", "Committed just now.")})
        text = server.until("/start/", lambda text: "Committed just now." in text)
        assert "Development sign-in:" in text
        code, out, err = server.interrupt()
        assert (code, out) == (0, "")
        assert "Traceback" not in err


def test_odd_paths_are_refused_by_the_real_server(programme: Repo) -> None:
    with running(programme.path, worktree=False) as server:
        for path in (
            b"/../../etc/passwd",
            b"/gold/%2e%2e/start/",
            b"/start%2f",
            b"//start/",
            b"/start\\",
            b"/start/%00",
        ):
            answer = server.raw(
                b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\nCookie: prmbuild_dev=nordwind:sales\r\n"
                b"Connection: close\r\n\r\n"
            )
            assert answer.startswith((b"HTTP/1.1 404 ", b"HTTP/1.1 400 ")), path
            assert b"Some text." not in answer
        answer = server.raw(b"GET /start/ HTTP/1.1\r\nHost: vendor.example\r\nConnection: close\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 421 ")


def test_with_worktree_saved_files_show_and_broken_ones_leave_the_last_good_build_up(programme: Repo) -> None:
    with running(programme.path, worktree=True) as server:
        programme.write({"content/start.md": page("Start here", "Just saved.")})
        server.until("/start/", lambda text: "Just saved." in text)
        good = (programme.path / "visibility.yaml").read_text("utf-8")
        programme.write({"visibility.yaml": good.replace("gold-up\n", "glod-up\n")})
        server.until("/_dev/", lambda text: "glod-up" in text and "last good build" in text)
        assert "Just saved." in server.get("/start/")[1]
        programme.write({"visibility.yaml": good, "content/late/page.md": page("Late")})
        server.until("/late/page/", lambda text: "Some text." in text)
        assert "glod-up" not in server.get("/_dev/")[1]


def test_a_programme_with_errors_can_be_corrected_while_it_is_served(programme: Repo) -> None:
    good = (programme.path / "visibility.yaml").read_text("utf-8")
    programme.commit({"visibility.yaml": good.replace("gold-up\n", "glod-up\n")})
    with running(programme.path, worktree=True) as server:
        assert "Nothing can be shown yet" in server.get("/")[1]
        programme.write({"visibility.yaml": good})
        server.until("/start/", lambda text: "the robot" in text)


def test_a_port_that_is_taken_is_said(programme: Repo) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PrmError, match=f"port {port} is busy") as raised:
            serve(programme.path, port=port, worktree=False, jobs=1, now=now, cache=programme.cache)
    assert "--port" in raised.value.hint


def test_without_a_repository_there_is_nothing_to_serve(tmp_path: Path) -> None:
    cache = DirectoryCache(tmp_path / "cache")
    with pytest.raises(SourceError):
        apart(lambda: serve(tmp_path, port=0, worktree=False, jobs=1, now=now, cache=cache))


def test_without_a_commit_the_first_build_says_so(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "programme")
    repo.path.mkdir()
    repo.git("init", "-q", "-b", "main")
    with pytest.raises(SourceError, match="no commit 'HEAD'"):
        apart(lambda: serve(repo.path, port=0, worktree=False, jobs=1, now=now, cache=repo.cache))
