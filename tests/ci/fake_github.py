"""A fake of the few parts of GitHub's REST API that we use, on 127.0.0.1. It is no proof of how GitHub behaves."""

import io
import json
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from prmbuild.ci.github import GitHub

REPOSITORY = "vendor/programme"
HEAD = "a" * 40
BOT = {"login": "github-actions[bot]", "type": "Bot"}


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def pull(
    number: int = 7, *, sha: str = HEAD, head: str = "stranger/programme", state: str = "open"
) -> dict[str, object]:
    return {
        "number": number,
        "state": state,
        "head": {"sha": sha, "ref": "better-prices", "repo": {"full_name": head}},
        "base": {"repo": {"full_name": REPOSITORY}},
    }


def event(conclusion: str = "success", **other: object) -> dict[str, object]:
    """The payload of ``workflow_run`` for a pull request from a fork."""
    run = {
        "id": 99,
        "event": "pull_request",
        "head_sha": HEAD,
        "head_branch": "better-prices",
        "head_repository": {"full_name": "stranger/programme"},
        "html_url": f"https://github.com/{REPOSITORY}/actions/runs/99",
        "conclusion": conclusion,
    }
    return {"workflow_run": {**run, **other}}


@dataclass
class Repository:
    """What the fake knows, and what happened to it.

    Attributes:
        failures: statuses to answer the next requests with, and headers, before anything is looked at.
        lost: whether the next POST is done but answered with 502.
        seen: method, path, and whether the request carried the token.
    """

    pulls: dict[int, dict[str, object]] = field(default_factory=lambda: {7: pull()})
    files: list[str] = field(default_factory=lambda: ["content/prices.md"])
    comments: list[dict[str, object]] = field(default_factory=list)
    artifact: bytes | None = None
    claimed_size: int | None = None
    runs: dict[str, list[dict[str, object]]] = field(default_factory=dict)
    sarif: list[dict[str, object]] = field(default_factory=list)
    failures: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    lost: bool = False
    seen: list[tuple[str, str, bool]] = field(default_factory=list)

    def says(self, author: Mapping[str, str], body: str) -> None:
        self.comments.append({"id": 1000 + len(self.comments), "user": dict(author), "body": body})

    def writes(self) -> list[str]:
        return [method for method, _, _ in self.seen if method != "GET"]


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet."""

    def _any(self) -> None:
        fake = self.server.fake
        address = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(address.query).items()}
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        token = self.headers.get("Authorization") == "Bearer s3cret"
        fake.seen.append((self.command, address.path, token))
        if fake.failures:
            status, headers = fake.failures.pop(0)
            self._answer(status, {"message": "no"}, headers)
        elif address.path == "/storage":
            self._bytes(200, fake.artifact or b"")
        elif not token:
            self._answer(401, {"message": "Requires authentication"})
        elif address.path == "/identity":
            self._answer(200, {"value": f"proof for {query['audience']}"})
        else:
            prefix = f"/repos/{REPOSITORY}/"
            assert address.path.startswith(prefix), address.path
            self._route(fake, self.command, address.path.removeprefix(prefix).split("/"), query, body)

    do_GET = do_POST = do_PATCH = do_DELETE = _any

    def _route(
        self, fake: Repository, method: str, path: list[str], query: Mapping[str, str], body: dict[str, object] | None
    ) -> None:
        page = slice((int(query.get("page", 1)) - 1) * 100, int(query.get("page", 1)) * 100)
        match method, path:
            case "GET", ["actions", "runs", _, "artifacts"]:
                size = fake.claimed_size if fake.claimed_size is not None else len(fake.artifact or b"")
                found = {"id": 5, "name": query["name"], "expired": False, "size_in_bytes": size}
                self._answer(200, {"artifacts": [found] if fake.artifact is not None else []})
            case "GET", ["actions", "artifacts", "5", "zip"]:
                host, port = self.server.server_address[:2]
                self._answer(302, None, {"Location": f"http://{host}:{port}/storage"})
            case "GET", ["actions", "workflows", name, "runs"]:
                assert query["status"] == "success"
                self._answer(200, {"workflow_runs": fake.runs[name]} if name in fake.runs else {}, {})
            case "GET", ["pulls"]:
                assert query["state"] == "open"
                self._answer(200, list(fake.pulls.values())[page])
            case "GET", ["pulls", number]:
                known = fake.pulls.get(int(number))
                self._answer(200 if known else 404, known or {"message": "Not Found"})
            case "GET", ["pulls", _, "files"]:
                self._answer(200, [{"filename": name} for name in fake.files][page])
            case "GET", ["issues", _, "comments"]:
                self._answer(200, fake.comments[page])
            case "POST", ["issues", _, "comments"]:
                assert body is not None
                if len(str(body["body"])) > 65536:
                    self._answer(422, {"message": "Validation Failed"})
                    return
                fake.says(BOT, str(body["body"]))
                lost, fake.lost = fake.lost, False
                self._answer(502 if lost else 201, {})
            case "PATCH", ["issues", "comments", number]:
                assert body is not None
                next(one for one in fake.comments if one["id"] == int(number))["body"] = body["body"]
                self._answer(200, {})
            case "DELETE", ["issues", "comments", number]:
                fake.comments = [one for one in fake.comments if one["id"] != int(number)]
                self._bytes(204, b"")
            case "POST", ["code-scanning", "sarifs"]:
                assert body is not None
                fake.sarif.append(body)
                self._answer(202, {"id": "1"})
            case _:
                self._answer(404, {"message": f"{method} {path}"})

    def _answer(self, status: int, document: object, headers: Mapping[str, str] | None = None) -> None:
        self._bytes(status, json.dumps(document).encode(), headers)

    def _bytes(self, status: int, data: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, fake: Repository) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.fake = fake


@contextmanager
def serving(fake: Repository) -> Iterator[str]:
    """Serve a fake; yields the address of its API."""
    server = _Server(fake)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def client(api: str, waits: list[float] | None = None) -> GitHub:
    """An API that does not wait, but notes how long it would have."""
    noted = waits if waits is not None else []
    return GitHub(api=api, repository=REPOSITORY, token="s3cret", sleep=noted.append)
