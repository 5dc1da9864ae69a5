"""Serve a folder on this machine as a web server would: gzip for text, compressed once, parts, connections kept open.

The server counts what it sends, so that nothing a browser loads, in a worker or ahead, is missed.
"""

import gzip
import mimetypes
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from urllib.parse import unquote, urlsplit

_PART = re.compile(rb"^range: *bytes=(\d+)-(\d+)\r$", re.IGNORECASE | re.MULTILINE)
_PARTS = "Accept-Ranges: bytes\r\n"

_TEXT = frozenset({"application/javascript", "application/json", "application/xml", "image/svg+xml"})


@dataclass(slots=True, kw_only=True)
class Served:
    """A server that runs.

    Attributes:
        url: its address, without a slash at the end.
        sent: path asked for → bytes sent for it, headers included; cleared by whoever counts anew.
    """

    url: str = ""
    sent: dict[str, int] = field(default_factory=dict)


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    """Serve a folder until the context ends."""
    running = Served()
    root = folder.resolve()

    @cache
    def found(path: str) -> tuple[HTTPStatus, str, bytes]:
        """Return the status of a path, the headers that tell what its file is, and the file as it is sent."""
        file = (root / unquote(urlsplit(path).path).lstrip("/")).resolve()
        file = file / "index.html" if file.is_dir() else file
        if not file.is_file() or not file.is_relative_to(root):
            return HTTPStatus.NOT_FOUND, "Content-Type: text/plain\r\n", b"nothing here"
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        if kind.startswith("text/") or kind in _TEXT:
            packed = gzip.compress(file.read_bytes(), 6, mtime=0)
            return HTTPStatus.OK, f"Content-Type: {kind}\r\nContent-Encoding: gzip\r\n", packed
        return HTTPStatus.OK, f"Content-Type: {kind}\r\n{_PARTS}", file.read_bytes()

    class Handler(StreamRequestHandler):
        """Answers one request after the other, and reads of it what an answer depends on, as quick servers do."""

        def handle(self) -> None:
            with suppress(ConnectionError):
                self._answer_all()

        def _answer_all(self) -> None:
            while asked := self.rfile.readline():
                path = asked.decode("latin-1").split(" ")[1]
                headers = b"".join(iter(self.rfile.readline, b"\r\n"))
                status, head, body = found(path)
                part = _PART.search(headers) if head.endswith(_PARTS) else None
                if part is not None and int(part[1]) < len(body):
                    start, size = int(part[1]), len(body)
                    status, body = HTTPStatus.PARTIAL_CONTENT, body[start : int(part[2]) + 1]
                    head += f"Content-Range: bytes {start}-{start + len(body) - 1}/{size}\r\n"
                head = f"HTTP/1.1 {status.value} {status.phrase}\r\n{head}Content-Length: {len(body)}\r\n\r\n"
                answer = head.encode() + body
                running.sent[path] = running.sent.get(path, 0) + len(answer)
                self.wfile.write(answer)

    server = ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        running.url = f"http://127.0.0.1:{server.server_address[1]}"
        yield running
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
