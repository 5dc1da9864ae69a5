"""The application: the development sign-in, the portal of whoever is signed in, and nothing else."""

from hashlib import sha256

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from prmbuild.access.paths import NOT_FOUND, File, Folder, find, requested
from prmbuild.media_types import media_type
from prmbuild.records.receipts import Unpublished, asked, file_name, written
from prmbuild.security_headers import policy_for
from prmbuild.serve import quiz, signin
from prmbuild.serve.edition import Edition, ServedPortal, ViewerId
from prmbuild.serve.guard import Guard, same_origin
from prmbuild.serve.live import Live
from prmbuild.serve.ranges import asked_part

LARGEST_BODY = 64 * 1024
"""Bytes of a request's body."""

_OURS = "_dev"
_DYNAMIC = ("api", "me", "manage")


class TooLargeError(Exception):
    """The body of a request has more than `LARGEST_BODY` bytes."""


def application(live: Live, reader: ViewerId | None = None) -> Guard:
    """Return the ASGI application that serves what is live.

    Args:
        live: what is served.
        reader: reads it without signing in, for a preview; None for whoever signs in.
    """
    return Guard(_Application(live, reader))


class _Application:
    def __init__(self, live: Live, reader: ViewerId | None) -> None:
        self._live = live
        self._reader = reader

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = await self._answer(Request(scope, receive))
        except TooLargeError:
            response = _error(413, f"the body has more than {LARGEST_BODY} bytes")
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        viewer = self._viewer(request)
        path = requested(request.scope["raw_path"])
        if path is None:
            return self._missing(request, viewer)
        first, *rest = path.split("/")
        if first == _OURS and self._reader is not None and path not in (*signin.FILES, signin.EVENTS):
            return RedirectResponse(signin.HOME, 303)
        if first == _OURS:
            return await self._own(request, path, viewer)
        match (request.method, first, rest):
            case ("POST", "api", ["courses", course, "attempts"]):
                return await self._attempt(request, course, viewer)
            case ("GET" | "HEAD", "api", ["receipt"]) if viewer is not None:
                return self._receipt(request, viewer)
        if first in _DYNAMIC:
            return self._missing(request, viewer)
        if request.method not in ("GET", "HEAD"):
            return PlainTextResponse("Pages can only be read.\n", 405, {"Allow": "GET, HEAD"})
        if viewer is None:
            return RedirectResponse(signin.START, 303)
        return self._page(request, path, viewer)

    def _viewer(self, request: Request) -> ViewerId | None:
        """Return who is signed in; None for nobody, and for a viewer that the programme has not or no longer has."""
        viewer = self._reader or signin.viewer_of(request.cookies.get(signin.COOKIE))
        edition = self._live.edition
        return viewer if edition is not None and viewer in edition.viewers else None

    async def _own(self, request: Request, path: str, viewer: ViewerId | None) -> Response:
        match (request.method, path):
            case ("GET" | "HEAD", "_dev"):
                return RedirectResponse(signin.START, 308)
            case ("GET" | "HEAD", "_dev/"):
                to = signin.destination(request.query_params.get("to"))
                return Response(signin.start_page(self._live, viewer, to), media_type="text/html")
            case ("GET" | "HEAD", path) if path in signin.FILES:
                return Response(signin.read_file(path), media_type=media_type(path))
            case ("GET", signin.EVENTS):
                return StreamingResponse(self._live.events(viewer), media_type="text/event-stream")
            case ("POST", "_dev/sign-in" | "_dev/sign-out") if not same_origin(request.headers):
                return PlainTextResponse("This came from another site.\n", 400)
            case ("POST", "_dev/sign-in"):
                return self._sign_in(await _body(request))
            case ("POST", "_dev/sign-out"):
                response = RedirectResponse(signin.START, 303)
                response.delete_cookie(signin.COOKIE, httponly=True, samesite="strict")
                return response
        return PlainTextResponse("There is nothing here.\n", 404)

    def _sign_in(self, body: bytes) -> Response:
        chosen = signin.read_sign_in(body)
        edition = self._live.edition
        if chosen.viewer is None or edition is None or chosen.viewer not in edition.viewers:
            return RedirectResponse(signin.START, 303)
        response = RedirectResponse(chosen.to, 303)
        response.set_cookie(signin.COOKIE, signin.cookie_value(chosen.viewer), httponly=True, samesite="strict")
        return response

    async def _attempt(self, request: Request, course: str, viewer: ViewerId | None) -> Response:
        if not same_origin(request.headers):
            return _error(400, "this came from another site")
        body = await _body(request)
        portal = self._live.edition.portal(viewer) if self._live.edition is not None else None
        if portal is None:
            return _error(401, "sign in first")
        if course not in portal.quizzes:
            return _error(404, "there is nothing here")
        asked = portal.quizzes[course]
        try:
            return JSONResponse(dict(quiz.mark(asked, quiz.read_answers(body, asked))))
        except quiz.UnreadableAttemptError as error:
            return _error(400, str(error))

    def _receipt(self, request: Request, viewer: ViewerId) -> Response:
        """Return what stands in for a receipt where nothing was published."""
        path = asked(request.scope["query_string"])
        _, portal = self._seen(viewer)
        match find(path, portal.files) if path is not None else None:
            case File(found):
                made = written(Unpublished(path=found, digest=portal.files[found]))
                named = f'attachment; filename="{file_name(found)}"'
                return Response(made, headers={"Content-Disposition": named}, media_type="application/json")
        return self._missing(request, viewer)

    def _page(self, request: Request, path: str, viewer: ViewerId) -> Response:
        edition, portal = self._seen(viewer)
        match find(path, portal.files):
            case None:
                return self._missing(request, viewer)
            case Folder():
                query = f"?{request.url.query}" if request.url.query else ""
                return RedirectResponse(f"{request.scope['raw_path'].decode()}/{query}", 308)
            case found:
                return self._file(request, edition, portal, viewer, found.path)

    def _file(self, request: Request, edition: Edition, portal: ServedPortal, viewer: ViewerId, path: str) -> Response:
        data, etag = self._bytes(edition, portal, viewer, path)
        headers = {"ETag": etag, "Content-Security-Policy": policy_for(path)}
        known = (tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(","))
        if etag in known:
            return Response(status_code=304, headers=headers)
        part = asked_part(request.headers, etag, len(data))
        if part is not None:
            headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{len(data)}"
            return Response(data[part.start : part.stop], 206, headers, media_type=media_type(path))
        return Response(data, headers=headers, media_type=media_type(path))

    def _missing(self, request: Request, viewer: ViewerId | None) -> Response:
        """Return the one answer for all that a viewer cannot see, whether or not somebody else can."""
        if viewer is not None:
            edition, portal = self._seen(viewer)
            if NOT_FOUND in portal.files:
                data, _ = self._bytes(edition, portal, viewer, NOT_FOUND)
                headers = {"Content-Security-Policy": policy_for(NOT_FOUND)}
                return Response(data, 404, headers, media_type=media_type(NOT_FOUND))
        return PlainTextResponse("There is nothing here.\n", 404)

    def _bytes(self, edition: Edition, portal: ServedPortal, viewer: ViewerId, path: str) -> tuple[bytes, str]:
        """Return the bytes of a file and their entity tag."""
        digest = portal.files[path]
        data = edition.blobs[digest]
        if path.endswith(".html"):
            bar = signin.PREVIEW if self._reader is not None else signin.SIGNED_IN
            data = signin.with_bar(data, edition, viewer, self._live.mark(viewer), bar)
            digest = sha256(data).hexdigest()
        return data, f'"{digest}"'

    def _seen(self, viewer: ViewerId) -> tuple[Edition, ServedPortal]:
        edition = self._live.edition
        portal = edition.portal(viewer) if edition is not None else None
        assert edition is not None and portal is not None
        return edition, portal


async def _body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise TooLargeError
    return body


def _error(status: int, message: str) -> Response:
    return JSONResponse({"error": message}, status)
