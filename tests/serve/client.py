"""A browser's side of ASGI, with the path exactly as it would stand in the request line."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.types import ASGIApp, Message

from prmbuild.serve.edition import ViewerId
from prmbuild.serve.signin import COOKIE, cookie_value
from tests.serve.loops import run


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")

    @property
    def json(self) -> object:
        return json.loads(self.body)


@dataclass(frozen=True, kw_only=True)
class Client:
    app: ASGIApp
    viewer: ViewerId | None = None

    def get(self, path: str | bytes, **headers: str) -> Answer:
        return self.request("GET", path, **headers)

    def post(self, path: str | bytes, body: bytes = b"", **headers: str) -> Answer:
        return self.request("POST", path, body, **headers)

    def request(self, method: str, path: str | bytes, body: bytes = b"", **headers: str) -> Answer:
        """Send a request; ``sec_fetch_site="…"`` is the header ``sec-fetch-site``."""
        raw = path.encode("utf-8") if isinstance(path, str) else path
        raw, _, query = raw.partition(b"?")
        fields = {"host": "127.0.0.1:8000"}
        if self.viewer is not None:
            fields["cookie"] = f"{COOKIE}={cookie_value(self.viewer)}"
        fields |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.send(
            {
                "type": "http",
                "method": method,
                "path": "/not-to-be-used",
                "raw_path": raw,
                "query_string": query,
                "root_path": "",
                "scheme": "http",
                "headers": [(name.encode(), value.encode("latin-1")) for name, value in fields.items() if value],
            },
            body,
        )

    def send(self, scope: dict[str, object], body: bytes = b"") -> Answer:
        sent: list[Message] = []
        chunks = [body[start : start + 1000] for start in range(0, len(body), 1000)] or [b""]

        async def receive() -> Message:
            if chunks:
                return {"type": "http.request", "body": chunks.pop(0), "more_body": bool(chunks)}
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message)

        run(self.app(scope, receive, send))
        headers = {name.decode(): value.decode("latin-1") for name, value in sent[0]["headers"]}
        return Answer(
            status=sent[0]["status"], headers=headers, body=b"".join(message.get("body", b"") for message in sent[1:])
        )
