"""A portal in a real browser, under a policy that allows no inline script and no other origin."""

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mimetypes import guess_type

from playwright.sync_api import Browser, Page

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'"
)

_RANGE = re.compile(r"bytes=(\d+)-(\d+)")

Visit = Callable[[str], Page]


@contextmanager
def serving(files: Mapping[str, bytes]) -> Iterator[str]:
    """Serve a portal; yields its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(files))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def visiting(browser: Browser, served: str, width: int = 1440, height: int = 900, **more: str) -> Iterator[Visit]:
    """Open addresses of a portal; nothing may go wrong, and nobody else may be asked for anything."""
    context = browser.new_context(viewport={"width": width, "height": height}, **more)  # type: ignore[arg-type]
    tab = context.new_page()
    wrong: list[str] = []
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    tab.on("request", lambda asked: None if asked.url.startswith((served, "data:")) else wrong.append(asked.url))

    def go(url: str) -> Page:
        tab.goto(served + url)
        tab.wait_for_load_state("networkidle")
        return tab

    yield go
    context.close()
    assert wrong == []


def _handler(files: Mapping[str, bytes]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.split("?")[0].lstrip("/")
            path = f"{path}index.html" if path.endswith("/") or not path else path
            self._answer(200 if path in files else 404, path if path in files else "404.html", files.get(path))

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            marked = {"passed": asked["answers"] == {"one": [0], "two": [0, 1]}, "score": 1, "questions": []}
            self._answer(200, "marked.json", json.dumps(marked).encode())

        def _answer(self, status: int, path: str, data: bytes | None) -> None:
            data = files["404.html"] if data is None else data
            part = _RANGE.fullmatch(self.headers["range"] or "")
            if part and status == 200:
                status, data = 206, data[int(part[1]) : int(part[2]) + 1]
            self.send_response(status)
            self.send_header("content-type", guess_type(path)[0] or "application/octet-stream")
            self.send_header("content-length", str(len(data)))
            self.send_header("content-security-policy", POLICY)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler
