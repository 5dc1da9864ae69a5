"""The gateway as a web application, behind a web server that sends the files."""

import time
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from prmbuild.access.rule import COOKIE, SIGN_IN
from prmbuild.errors import StoreError
from prmbuild.gateway.answers import Allowed, Gateway, Redirected, Refused
from prmbuild.media_types import media_type
from prmbuild.records.headers import headers_of
from prmbuild.records.receipts import URL, Receipt, file_name, written
from prmbuild.security_headers import policy_for

CHECK, AUTH_REQUEST = "/check", "/check/auth-request"
"""Where web servers ask. nginx's ``auth_request`` lets a request through or refuses it with 401 and knows nothing else,
so there every refusal is 401, and a header has its status. Source: nginx, module ngx_http_auth_request_module."""

FILE, TYPE = "X-Prm-File", "X-Prm-Type"
"""Headers of answers: the file that a request gets, and its media type."""

MISSING, STATUS = "X-Prm-Missing", "X-Prm-Status"
"""Headers of answers: the file that is shown where the other does not exist; the status of a refusal."""

METHOD, URI = "X-Forwarded-Method", "X-Forwarded-Uri"
"""Headers in which web servers say what they were asked for, exactly as it stood in the request."""

Clock = Callable[[], int]
"""Tells the present, in seconds since 1970 UTC."""

_OURS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_NOTHING = "There is nothing here.\n"
_SIGNED_OUT = "You are not signed in. These pages are for partners; your partner manager knows how to get in.\n"


def application(gateway: Gateway, clock: Clock = lambda: int(time.time())) -> Starlette:
    """Return the ASGI application.

    Args:
        gateway: knows the answers.
        clock: tells until when sessions hold.
    """

    def check(request: Request) -> Response:
        return _checked(gateway, request.headers, clock())

    def auth_request(request: Request) -> Response:
        answer = check(request)
        if answer.status_code == 204:
            return answer
        answer.headers[STATUS] = str(answer.status_code)
        answer.status_code = 401
        return answer

    def receipt(request: Request) -> Response:
        try:
            found = gateway.receipt(request.scope["query_string"], _tokens(request.headers), clock())
        except StoreError:
            return _unavailable()
        if isinstance(found, Receipt):
            named = f'attachment; filename="{file_name(found.path)}"'
            headers = {**_OURS, "Content-Disposition": named}
            return Response(written(found), headers=headers, media_type="application/json")
        return _other(found)

    def sign_in(_: Request) -> Response:
        return PlainTextResponse(_SIGNED_OUT, headers=_OURS)

    return Starlette(
        routes=[
            Route(CHECK, check),
            Route(AUTH_REQUEST, auth_request),
            Route(f"/{URL}", receipt),
            Route(SIGN_IN, sign_in),
        ],
        exception_handlers={404: _nothing, 405: _nothing},
    )


def _checked(gateway: Gateway, headers: Headers, now: int) -> Response:
    methods, uris = headers.getlist(METHOD), headers.getlist(URI)
    if len(methods) != 1 or len(uris) != 1:
        return _other(Refused(missing=""))
    try:
        found = gateway.check(methods[0], uris[0].partition("?")[0], _tokens(headers), now)
    except StoreError:
        return _unavailable()
    if not isinstance(found, Allowed):
        return _other(found)
    own = {
        "Cache-Control": headers_of(found.file).cache_control,
        "Content-Security-Policy": policy_for(found.file),
        "ETag": found.tag,
    }
    known = {tag.strip(" \t") for tag in headers.get("if-none-match", "").split(",")}
    if found.tag in known:
        # as it goes to the browser, which is not told where files lie
        return Response(status_code=304, headers=_OURS | own)
    answer = Response(status_code=204, headers=_OURS | own)
    _name(answer, FILE, found.file)
    _name(answer, MISSING, found.missing)
    answer.headers[TYPE] = media_type(found.file)
    return answer


def _other(found: Redirected | Refused) -> Response:
    if isinstance(found, Redirected):
        return Response(status_code=302, headers={**_OURS, "Location": found.location})
    answer = PlainTextResponse(_NOTHING, 404, _OURS)
    if found.missing:
        _name(answer, MISSING, found.missing)
    return answer


def _name(answer: Response, header: str, file: str) -> None:
    """Name a file in a header, in UTF-8, as disks have it. Source: RFC 9110, section 5.5, ``obs-text``."""
    answer.raw_headers.append((header.lower().encode(), file.encode("utf-8", "surrogatepass")))


def _unavailable() -> Response:
    return PlainTextResponse("This is out of order for the moment.\n", 503, {**_OURS, "Retry-After": "10"})


async def _nothing(_: Request, __: Exception) -> Response:
    return _other(Refused(missing=""))


def _tokens(headers: Headers) -> tuple[str, ...]:
    """Return every session cookie of a request.

    Nothing but spaces and tabs is taken away around them, so what has another byte at its start has another name, and
    at its end it is no token. Source: RFC 6265, sections 4.2.1 and 5.2.
    """
    pairs = (pair.strip(" \t").partition("=") for line in headers.getlist("cookie") for pair in line.split(";"))
    return tuple(value for name, _, value in pairs if name == COOKIE)
