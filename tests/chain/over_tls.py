"""HTTPS in front of ministack, so that a browser sees the distribution under its own name."""

import http.client
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

_SET_HERE = ("connection", "transfer-encoding", "date", "server")


@contextmanager
def over_tls(endpoint: str, host: str, folder: Path) -> Iterator[int]:
    """Answer as a host on a port of this machine, with a certificate that nobody vouches for; yields the port."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-days", "2", "-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}"),
            *("-out", str(certificate), "-keyout", str(key)),
        ],
        check=True,
        capture_output=True,
    )
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(endpoint))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(endpoint: str) -> type[BaseHTTPRequestHandler]:
    place = urlsplit(endpoint).netloc

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass_on(self) -> None:
            connection = http.client.HTTPConnection(place, timeout=60)
            length = int(self.headers.get("content-length", 0))
            headers = dict(self.headers) | {"X-Forwarded-Proto": "https"}
            connection.request(self.command, self.path, self.rfile.read(length), headers)
            answer = connection.getresponse()
            data = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in (*_SET_HERE, "content-length"):
                    self.send_header(name, value)
            if answer.status not in (204, 304):
                self.send_header("content-length", answer.headers.get("content-length", str(len(data))))
            self.end_headers()
            self.wfile.write(data)
            connection.close()

        def _answer(self) -> None:
            with suppress(OSError):  # browsers leave when they go to another page
                self._pass_on()

        do_GET = do_HEAD = do_POST = _answer

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler
