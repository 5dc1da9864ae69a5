"""A stub of S3 that takes a fixed time for every request, so that tools are compared by how well they use it.

    python -m benchmarks.s3_stub --delay 0.03

It prints its port and keeps everything in memory until it is ended. Written on asyncio's protocols, because a stub that
is slower than what is measured measures itself. Tests give it a ``fault``, and so see what a client makes of an S3 that
is busy, refuses, or loses answers. Signatures are not checked.

Source: Amazon S3 API Reference (PutObject, CopyObject, GetObject, ListObjectsV2, DeleteObjects, "Error responses").
"""

import argparse
import asyncio
import itertools
import json
import re
from base64 import b64decode
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import parse_qs, unquote
from xml.sax.saxutils import escape, unescape

COUNTS = "_requests"
"""The bucket that says how many requests of each kind there were, as JSON."""

_MOST_LISTED = 1000
_KEPT = ("content-type", "cache-control", "content-encoding", "content-disposition")
_DATE = "Wed, 25 Nov 2026 12:00:00 GMT"
_STATUS = {200: "OK", 204: "No Content", 400: "Bad Request", 403: "Forbidden", 404: "Not Found"}


@dataclass(frozen=True, slots=True)
class Request:
    """A request: method, key below the bucket, query, headers by lower-case name, body."""

    method: str
    key: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def operation(self) -> str:
        """What S3 calls it, as far as it is one of those that are answered."""
        if not self.key:
            return {"GET": "ListObjectsV2", "POST": "DeleteObjects"}.get(self.method, "Bucket")
        if self.method == "PUT" and "x-amz-copy-source" in self.headers:
            return "CopyObject"
        return f"{self.method.capitalize()}Object"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; one without a status closes the connection instead."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


LOST = Answer(0)
"""The connection ends and nobody hears what became of the request."""

Fault = Callable[[Request], tuple[Answer, bool] | None]
"""What goes wrong with a request: the answer it gets instead of its own, and whether it is carried out all the same;
None for nothing."""


@dataclass(frozen=True, slots=True)
class _Kept:
    data: bytes
    tag: str
    headers: Mapping[str, str]


@dataclass(slots=True)
class Stub:
    """What the stub holds and how it answers.

    Attributes:
        delay: seconds that every answer takes.
        fault: what goes wrong.
        objects: bucket/key → object.
        requests: operation → how many there were.
    """

    delay: float = 0.0
    fault: Fault = lambda _: None
    objects: dict[str, _Kept] = field(default_factory=dict)
    requests: Counter[str] = field(default_factory=Counter)
    _tags: "itertools.count[int]" = field(default_factory=itertools.count)
    _sorted: list[str] | None = None

    def answer(self, request: Request) -> Answer:
        """Answer a request, and count it."""
        if request.query["bucket"] == COUNTS:
            return Answer(200, json.dumps(self.requests).encode())
        self.requests[request.operation] += 1
        wrong = self.fault(request)
        if wrong is None:
            return self.without_faults(request)
        answer, done = wrong
        if done:
            self.without_faults(request)
        return answer

    def without_faults(self, request: Request) -> Answer:
        """Carry out a request."""
        answer = getattr(self, f"_{request.operation}", self._bucket)(request)
        assert isinstance(answer, Answer)
        return answer

    def _bucket(self, request: Request) -> Answer:
        return Answer(200)

    def _PutObject(self, request: Request) -> Answer:
        there = self.objects.get(request.key)
        if request.headers.get("if-none-match") == "*" and there is not None:
            return error(412, "PreconditionFailed")
        if "if-match" in request.headers and (there is None or there.tag != request.headers["if-match"]):
            return error(412, "PreconditionFailed") if there is not None else error(404, "NoSuchKey")
        said = request.headers.get("x-amz-checksum-sha256")
        if said is not None and b64decode(said) != sha256(request.body).digest():
            return error(400, "BadDigest")
        kept = {
            name: value for name, value in request.headers.items() if name in _KEPT or name.startswith("x-amz-meta-")
        }
        return self._keep(request.key, request.body, kept)

    def _CopyObject(self, request: Request) -> Answer:
        source = self.objects.get(unquote(request.headers["x-amz-copy-source"]).lstrip("/"))
        if source is None:
            return error(404, "NoSuchKey")
        made = self._keep(request.key, source.data, source.headers)
        return Answer(200, f"<CopyObjectResult><ETag>{made.headers['ETag']}</ETag></CopyObjectResult>".encode())

    def _keep(self, key: str, data: bytes, headers: Mapping[str, str]) -> Answer:
        tag = f'"{next(self._tags):032x}"'
        if key not in self.objects:
            self._sorted = None
        self.objects[key] = _Kept(data, tag, headers)
        return Answer(200, headers={"ETag": tag})

    def _GetObject(self, request: Request) -> Answer:
        there = self.objects.get(request.key)
        if there is None:
            return error(404, "NoSuchKey")
        return Answer(200, there.data, {"ETag": there.tag, "Last-Modified": _DATE, **there.headers})

    _HeadObject = _GetObject

    def _DeleteObject(self, request: Request) -> Answer:
        if self.objects.pop(request.key, None) is not None:
            self._sorted = None
        return Answer(204)

    def _DeleteObjects(self, request: Request) -> Answer:
        bucket = request.query["bucket"]
        for key in re.findall(r"<Key>(.*?)</Key>", request.body.decode()):
            self.objects.pop(f"{bucket}/{unescape(key)}", None)
        self._sorted = None
        return Answer(200, b"<DeleteResult></DeleteResult>")

    def _ListObjectsV2(self, request: Request) -> Answer:
        if self._sorted is None:
            self._sorted = sorted(self.objects)
        bucket = f"{request.query['bucket']}/"
        prefix, after = bucket + request.query.get("prefix", ""), request.query.get("continuation-token", "")
        start = bisect_right(self._sorted, bucket + after) if after else bisect_left(self._sorted, prefix)
        end = bisect_left(self._sorted, prefix + "\U0010ffff")
        keys = self._sorted[start : min(end, start + _MOST_LISTED)]
        more = end - start > _MOST_LISTED
        rows = "".join(
            f"<Contents><Key>{escape(key.removeprefix(bucket))}</Key><LastModified>2026-11-25T12:00:00.000Z"
            f"</LastModified><ETag>{self.objects[key].tag}</ETag><Size>{len(self.objects[key].data)}</Size></Contents>"
            for key in keys
        )
        token = f"<NextContinuationToken>{escape(keys[-1].removeprefix(bucket))}</NextContinuationToken>"
        told = f"<IsTruncated>{str(more).lower()}</IsTruncated>{token if more else ''}"
        name = f"<Name>{bucket.rstrip('/')}</Name><KeyCount>{len(keys)}</KeyCount>"
        return Answer(200, f"<ListBucketResult>{name}{told}{rows}</ListBucketResult>".encode())


def error(status: int, code: str, **headers: str) -> Answer:
    """Return an error as S3 says it."""
    return Answer(status, f"<Error><Code>{code}</Code><Message>{code}</Message></Error>".encode(), headers)


class Connection(asyncio.Protocol):
    """One connection to the stub: requests one after the other."""

    def __init__(self, stub: Stub) -> None:
        self._stub = stub
        self._received = bytearray()
        self._head: tuple[str, str, dict[str, str]] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer what has come whole, once its time is over."""
        self._received += data
        if self._head is None:
            end = self._received.find(b"\r\n\r\n")
            if end < 0:
                return
            self._head = _head(bytes(self._received[:end]))
            del self._received[: end + 4]
            if self._head[2].get("expect") and self._transport is not None:
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        method, target, headers = self._head
        length = int(headers.get("content-length", 0))
        if len(self._received) >= length:
            body = bytes(self._received[:length])
            del self._received[:length]
            self._head = None
            answer = self._stub.answer(_request(method, target, headers, body))
            asyncio.get_running_loop().call_later(self._stub.delay, self._send, method, answer)

    def _send(self, method: str, answer: Answer) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        if not answer.status:
            self._transport.abort()
            return
        told = {"Content-Length": str(len(answer.body)), "Date": _DATE, **answer.headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        head = f"HTTP/1.1 {answer.status} {_STATUS.get(answer.status, 'Error')}\r\n{lines}\r\n".encode()
        self._transport.write(head if method == "HEAD" else head + answer.body)


def _head(received: bytes) -> tuple[str, str, dict[str, str]]:
    first, *lines = received.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    fields = (line.partition(":") for line in lines)
    return method, target, {name.strip().lower(): value.strip() for name, _, value in fields}


def _request(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Request:
    path, _, query = target.partition("?")
    bucket, _, key = unquote(path).lstrip("/").partition("/")
    asked = {name: values[0] for name, values in parse_qs(query, keep_blank_values=True).items()} if query else {}
    named = f"{bucket}/{key}" if key else ""
    return Request(method, named, {**asked, "bucket": bucket}, headers, body)


async def serve(stub: Stub) -> asyncio.Server:
    """Answer on a free port of this machine alone."""
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: Connection(stub), "127.0.0.1", 0, backlog=1024)


async def _main(delay: float) -> None:
    stub = Stub(delay=delay)
    server = await serve(stub)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--delay", type=float, default=0.03, help="seconds that every answer takes")
    asyncio.run(_main(parser.parse_args().delay))
