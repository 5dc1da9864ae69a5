"""What holds for every request: it was meant for this machine, and the answer carries the headers that protect it."""

import re
import sys
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from prmbuild.security_headers import PROTECTION

_OWN = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "connect-src 'self'",
        "img-src data:",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""For what the server says itself."""

HEADERS: Mapping[str, str] = {**PROTECTION, "Cache-Control": "no-store", "Content-Security-Policy": _OWN}
"""Headers of every answer, unless it has its own."""

_LOOPBACK = re.compile(r"(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?", re.IGNORECASE)


class Guard:
    """Stands before an application. A site whose name resolves to 127.0.0.1 must not read what is served here."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        assert scope["type"] == "http"
        begun = False

        async def protected(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        hosts = Headers(scope=scope).getlist("host")
        if len(hosts) != 1 or not _LOOPBACK.fullmatch(hosts[0]):
            refusal = PlainTextResponse(
                "This development server answers to 127.0.0.1 and localhost only.\n", 421 if len(hosts) == 1 else 400
            )
            await refusal(scope, receive, protected)
            return
        try:
            await self._app(scope, receive, protected)
        except Exception as error:  # a defect: people at the browser get a sentence, the developer a line on stderr
            sys.stderr.write(f"prmbuild: a request failed unexpectedly: {type(error).__name__}: {error}\n")
            if begun:
                raise
            await PlainTextResponse("Something went wrong. The terminal says what.\n", 500)(scope, receive, protected)


def same_origin(headers: Headers) -> bool:
    """Tell whether a request that changes or computes something comes from a page of this server.

    Browsers send ``Origin`` with every POST; a request without one, and without ``Sec-Fetch-Site``, is no browser's.
    """
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site", "none") in ("same-origin", "none")
    parts = urlsplit(origin)
    return parts.scheme in ("http", "https") and origin == f"{parts.scheme}://{headers.get('host', '')}"
