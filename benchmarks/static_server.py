"""Serve a folder on this machine as a web server would: gzip for text, compressed once, parts, connections kept open.

The server counts what it sends, so that nothing a browser loads, in a worker or ahead, is missed.
"""

import gzip
import mimetypes
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

_PART = re.compile(r"bytes=(\d+)-(\d+)")

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
    def compressed(path: Path) -> bytes:
        return gzip.compress(path.read_bytes(), 6, mtime=0)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = (root / unquote(urlsplit(self.path).path).lstrip("/")).resolve()
            path = path / "index.html" if path.is_dir() else path
            found = path.is_file() and path.is_relative_to(root)
            kind = (mimetypes.guess_type(path.name)[0] or "application/octet-stream") if found else "text/plain"
            packed = found and (kind.startswith("text/") or kind in _TEXT)
            body = b"nothing here" if not found else compressed(path) if packed else path.read_bytes()
            status = HTTPStatus.OK if found else HTTPStatus.NOT_FOUND
            extra = "Content-Encoding: gzip" if packed else "Accept-Ranges: bytes"
            part = None if packed or not found else _PART.fullmatch(self.headers.get("Range", ""))
            if part is not None and int(part[1]) < len(body):
                status, size = HTTPStatus.PARTIAL_CONTENT, len(body)
                body = body[int(part[1]) : int(part[2]) + 1]
                extra = f"Content-Range: bytes {part[1]}-{int(part[1]) + len(body) - 1}/{size}"
            head = f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
            answer = f"{head}{extra}\r\n\r\n".encode() + body
            running.sent[self.path] = running.sent.get(self.path, 0) + len(answer)
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing of every request."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
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
