"""GitHub's REST API, as far as a workflow of this repository needs it."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from email.message import Message
from http.client import HTTPException, HTTPMessage
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from prmbuild import __version__
from prmbuild.ci.document import text_at
from prmbuild.errors import HostError

_ANSWER = 16 * 1024 * 1024
"""Bytes of the largest answer that is read."""

_TIMEOUT = 30.0
"""Seconds without a byte."""

_TRIES, _LONGEST_WAIT = 4, 60.0

_PAGE = 100
"""Items on a page, the most there can be."""

_PAGES = 100

_PASSING = frozenset({429, 500, 502, 503, 504})


class RefusedError(HostError):
    """GitHub answered, and the answer is no.

    Args:
        status: the HTTP status.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class GitHub:
    """The API of one repository.

    Args:
        api: address of the API, as ``GITHUB_API_URL`` has it.
        repository: ``owner/name``.
        token: ``GITHUB_TOKEN`` of the job.
        sleep: waits for a number of seconds.
    """

    def __init__(self, *, api: str, repository: str, token: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self.repository = repository
        self._api = api.rstrip("/")
        self._token = token
        self._sleep = sleep
        self._opener = build_opener(_NoRedirects())

    @classmethod
    def here(cls, environment: Mapping[str, str]) -> "GitHub":
        """Return the API of the repository that a workflow runs in.

        Raises:
            HostError: this is no workflow, or its step was not given the token.
        """
        missing = [
            name for name in ("GITHUB_API_URL", "GITHUB_REPOSITORY", "GITHUB_TOKEN") if not environment.get(name)
        ]
        if missing:
            raise HostError(
                f"{', '.join(missing)} not set", hint="this step runs in a workflow on GitHub that passes its token on"
            )
        return cls(
            api=environment["GITHUB_API_URL"],
            repository=environment["GITHUB_REPOSITORY"],
            token=environment["GITHUB_TOKEN"],
        )

    def get(self, path: str, **query: str | int) -> object:
        """Return what GitHub says about something.

        Args:
            path: below the repository's address.
            query: of the address.

        Raises:
            HostError: GitHub does not answer.
            RefusedError: it refuses.
        """
        return self._json("GET", self._address(path, query))

    def pages(self, path: str, **query: str | int) -> Iterator[object]:
        """Return the items of a list, page by page, at most 10,000.

        Raises:
            HostError: GitHub does not answer.
            RefusedError: it refuses.
        """
        for number in range(1, _PAGES + 1):
            found = self.get(path, **query, per_page=_PAGE, page=number)
            items = found if isinstance(found, list) else []
            yield from items
            if len(items) < _PAGE:
                return

    def send(self, method: str, path: str, body: Mapping[str, object] | None = None) -> object:
        """Change something; what may only be done once (POST) is tried again only where GitHub did not begin it.

        Raises:
            HostError: GitHub does not answer.
            RefusedError: it refuses.
        """
        return self._json(method, self._address(path, {}), body)

    def download(self, path: str, limit: int) -> bytes:
        """Return a file that GitHub keeps elsewhere.

        The token goes to GitHub alone, not to where it sends us.

        Args:
            path: below the repository's address.
            limit: bytes.

        Raises:
            HostError: it cannot be had, or is larger than the limit.
            RefusedError: GitHub refuses.
        """
        status, headers, data = self._tried("GET", self._address(path, {}), None, limit)
        if status in (301, 302, 303, 307, 308):
            place = headers.get("Location", "")
            if urlsplit(place).scheme != urlsplit(self._api).scheme:
                raise HostError("GitHub sends us to an address that is not as safe as its own")
            _, _, data = self._tried("GET", place, None, limit, secret=False)
        return data

    def _address(self, path: str, query: Mapping[str, str | int]) -> str:
        return f"{self._api}/repos/{self.repository}/{path}" + (f"?{urlencode(query)}" if query else "")

    def _json(self, method: str, address: str, body: Mapping[str, object] | None = None) -> object:
        _, _, data = self._tried(method, address, body, _ANSWER)
        try:
            return json.loads(data) if data else None
        except ValueError as error:
            raise HostError("GitHub's answer cannot be read") from error

    def _tried(
        self, method: str, address: str, body: Mapping[str, object] | None, limit: int, *, secret: bool = True
    ) -> tuple[int, Message, bytes]:
        """Ask until there is an answer.

        Source: https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
        """
        request = self._request(method, address, body, secret)
        for attempt in range(1, _TRIES + 1):
            wait = float(2 ** (attempt - 1))
            try:
                with self._opener.open(request, timeout=_TIMEOUT) as answer:
                    return answer.status, answer.headers, _read(answer, limit)
            except HTTPError as error:
                with error:
                    if error.code in (301, 302, 303, 307, 308):
                        return error.code, error.headers, b""
                    waiting = _asked_to_wait(error)
                    again = error.code in _PASSING and (method != "POST" or error.code == 429)
                    if attempt == _TRIES or (waiting is None and not again):
                        raise _refusal(method, request, error) from error
                    wait = wait if waiting is None else waiting
            except (URLError, HTTPException, OSError) as error:
                if attempt == _TRIES or method == "POST":
                    raise HostError(f"GitHub does not answer: {error}", hint="run the job again") from error
            self._sleep(wait)
        raise AssertionError("unreachable")

    def _request(self, method: str, address: str, body: Mapping[str, object] | None, secret: bool) -> Request:
        request = Request(
            address, method=method, data=None if body is None else json.dumps(body).encode(),
            headers={"User-Agent": f"prmbuild/{__version__}"},
        )  # fmt: skip
        if secret:
            request.add_unredirected_header("Authorization", f"Bearer {self._token}")
            request.add_header("Accept", "application/vnd.github+json")
            request.add_header("X-GitHub-Api-Version", "2022-11-28")
        if body is not None:
            request.add_header("Content-Type", "application/json")
        return request


def identity_token(environment: Mapping[str, str], audience: str) -> str:
    """Return a signed proof of which workflow runs here, for somebody to check; valid for minutes.

    Source: https://docs.github.com/en/actions/reference/security/oidc#methods-for-requesting-the-oidc-token

    Raises:
        HostError: GitHub does not give it.
    """
    address, token = environment["ACTIONS_ID_TOKEN_REQUEST_URL"], environment["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]
    github = GitHub(api=address, repository="", token=token)
    value = text_at(github._json("GET", f"{address}&{urlencode({'audience': audience})}"), "value")
    if not value:
        raise HostError("GitHub gives this job no identity", hint="the job needs the permission 'id-token: write'")
    return value


class _NoRedirects(HTTPRedirectHandler):
    """Leaves it to us whether to go where an answer sends us."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        """Follow nothing."""


def _read(answer: IO[bytes], limit: int) -> bytes:
    data = answer.read(limit + 1)
    if len(data) > limit:
        raise HostError(f"GitHub's answer is larger than {limit} bytes")
    return data


def _asked_to_wait(error: HTTPError) -> float | None:
    """Return the seconds that GitHub asks us to wait because we asked too much; None where it does not, or too long."""
    if error.code not in (403, 429):
        return None
    for header, since in (("Retry-After", 0.0), ("X-RateLimit-Reset", time.time())):
        value = error.headers.get(header, "")
        if header == "X-RateLimit-Reset" and error.headers.get("X-RateLimit-Remaining") != "0":
            continue
        if value.isdecimal():
            seconds = max(0.0, float(value) - since)
            return seconds if seconds <= _LONGEST_WAIT else None
    return None


def _refusal(method: str, request: Request, error: HTTPError) -> RefusedError:
    where = urlsplit(request.full_url).path
    return RefusedError(f"GitHub refuses {method} {where}: {error.code} {error.reason}", error.code)
