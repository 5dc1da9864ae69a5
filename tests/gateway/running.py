"""A published site, its gateway, and web servers before it: real processes on this machine alone."""

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvicorn

from prmbuild.access.entries import key_name
from prmbuild.access.rule import COOKIE
from prmbuild.access.tokens import Session, mint
from prmbuild.errors import StoreError
from prmbuild.gateway.answers import Gateway
from prmbuild.gateway.app import application
from prmbuild.gateway.configuration import Server, configuration
from prmbuild.gateway.live import Watch
from prmbuild.store.store import Store
from tests.object_storage import free_port
from tests.publish.sites import NOW, SECRET, Portals, directory, put_live, site

PORTALS: Portals = {
    portal: {
        "index.html": f"{portal} home",
        "404.html": f"{portal} has nothing there",
        "pricing/index.html": f"{portal} prices " + "of robots " * 200,
        "pricing/list.pdf": f"{portal} list",
        "drawing.svg": f"<svg>{portal}</svg>",
        "plan.SVG": f"<svg>{portal}</svg>",
        "guides/prä zision+100%.pdf": f"{portal} guide",
        "guides/what&#;=@.pdf": f"{portal} answers",
        f"{portal}-only/index.html": f"{portal} alone",
    }
    for portal in ("gold", "silver")
}


def token(partner: str, sid: str = "s", secret: bytes = SECRET) -> str:
    session = Session(sub="u", sid=sid, partner=partner, role="sales", iat=NOW - 60, exp=NOW + 600)
    return mint(session, "k", secret)


@dataclass
class Sessions:
    """Whose sessions hold: a stand-in for the file of keys and revocations."""

    entries: dict[str, str] = field(default_factory=lambda: {key_name("k"): SECRET.hex()})
    lost: bool = False

    def __call__(self) -> Mapping[str, str]:
        if self.lost:
            raise StoreError("the disk is gone")
        return self.entries


@dataclass
class Published:
    store: Store
    folder: Path
    sessions: Sessions

    @property
    def gateway(self) -> Gateway:
        return Gateway(self.store, Watch(self.store, self.sessions))


def published(folder: Path, portals: Portals = PORTALS) -> Published:
    store = directory(folder / "store")
    put_live(store, site(folder / "blobs", portals))
    return Published(store, folder / "store", Sessions())


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Web:
    """A web server, asked with requests exactly as they are written."""

    port: int
    published: Published
    folder: Path

    @property
    def logged(self) -> bytes:
        """Everything that the web server has written down."""
        return b"".join(
            file.read_bytes() for name in ("accesses", "log", "output") if (file := self.folder / name).exists()
        )

    def get(self, path: str, partner: str | None = "gold", method: str = "GET", **headers: str) -> Answer:
        """Ask for a path; ``if_none_match="…"`` is the header ``if-none-match``."""
        cookies = {"cookie": f"{COOKIE}={token(partner)}"} if partner is not None else {}
        return self.raw(method, path, cookies | {name.replace("_", "-"): value for name, value in headers.items()})

    def raw(self, method: str, path: str, headers: Mapping[str, str]) -> Answer:
        fields = {"host": f"127.0.0.1:{self.port}", "connection": "close"} | headers
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
            connection.sendall("\r\n".join(lines).encode("utf-8", "surrogateescape"))
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
        head, _, body = answer.partition(b"\r\n\r\n")
        first, *rest = head.decode("latin-1").split("\r\n")
        named = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
        if named.get("transfer-encoding") == "chunked":
            body = _joined(body)
        return Answer(int(first.split(" ")[1]), named, body)


def _joined(body: bytes) -> bytes:
    found = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        found += rest[: int(size, 16)]
        body = rest[int(size, 16) + 2 :]
    return found


@contextmanager
def answering(gateway: Gateway) -> Iterator[int]:
    """Run a gateway in a thread, and yield its port."""
    config = uvicorn.Config(application(gateway, lambda: NOW), log_config=None, lifespan="off", http="h11", port=0)
    listener = config.bind_socket()
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@contextmanager
def serving(server: Server, made: Published, folder: Path) -> Iterator[Web]:
    """Run a web server with the configuration that prmbuild prints for it."""
    program = shutil.which("nginx" if server is Server.NGINX else "caddy", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip(f"{server.name.lower()} is not installed")
    folder.mkdir()
    port = free_port()
    with answering(made.gateway) as gateway:
        listen = f"127.0.0.1:{port}"
        text = configuration(
            server, folder=made.folder, host="localhost", gateway=f"127.0.0.1:{gateway}", listen=listen
        )
        if server is Server.NGINX:
            (folder / "nginx.conf").write_text(_NGINX.format(folder=folder, servers=text))
            command = [program, "-p", str(folder), "-e", str(folder / "log"), "-c", str(folder / "nginx.conf")]
        else:
            assert text.count("\n{\n") == 1, "options of all sites"
            text = text.replace("\n{\n", "\n{\n\tadmin off\n\tauto_https off\n")
            (folder / "Caddyfile").write_text(text)
            command = [program, "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
        with (folder / "output").open("wb") as output:
            process = subprocess.Popen(
                command, stdout=output, stderr=output, env=os.environ | {"HOME": str(folder)}, cwd=folder
            )
        try:
            _wait(process, port, folder)
            yield Web(port, made, folder)
        finally:
            process.terminate()
            process.wait(30)


_NGINX = """\
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/log;
events {{ }}
http {{
    access_log {folder}/accesses;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{servers}
}}
"""


def _wait(process: "subprocess.Popen[bytes]", port: int, folder: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, (folder / "output").read_text(errors="replace")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    pytest.fail((folder / "output").read_text(errors="replace"))
