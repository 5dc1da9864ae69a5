"""A stub of S3 that takes a fixed time for every request, so that tools are compared by how well they use it.

    python -m benchmarks.s3_stub --delay 0.03

It prints its port and keeps everything in memory until it is ended. It shares the machine with what is measured, so
what a request costs it is taken from both: requests are read without a library for HTTP, and answers that are due
together are sent together. Bytes are checked against the checksum that came with them; signatures are not checked.
Tests give it a ``fault``, and so see what a client makes of an S3 that is busy, refuses, or loses answers.

Source: Amazon S3 API Reference (PutObject, CopyObject, GetObject, ListObjectsV2, DeleteObjects, "Error responses").
"""

import argparse
import asyncio
import gc
import itertools
import json
import re
from base64 import b64decode
from bisect import bisect_left, bisect_right
from collections import Counter, deque
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
_OPERATIONS = {
    (True, "PUT"): "PutObject",
    (True, "GET"): "GetObject",
    (True, "HEAD"): "HeadObject",
    (True, "DELETE"): "DeleteObject",
    (False, "GET"): "ListObjectsV2",
    (False, "POST"): "DeleteObjects",
}
"""Whether there is a key, and the method → what S3 calls it."""

_END = b"\r\n\r\n"
_READ = 1 << 18
_CLOSE = 0.0005
"""Seconds that answers may be early, to be sent together."""


@dataclass(slots=True)
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
        if "x-amz-copy-source" in self.headers:
            return "CopyObject"
        return _OPERATIONS.get((bool(self.key), self.method), "Bucket")


@dataclass(slots=True)
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


@dataclass(slots=True)
class _Kept:
    """An object; of its headers, which are all that it was put with, those in `_KEPT` and metadata are served."""

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
    _alike: dict[bytes, bytes] = field(default_factory=dict)
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

    def hold(self, objects: Mapping[str, _Kept]) -> None:
        """Hold these objects, bucket/key → object, and no other ones."""
        self.objects = dict(objects)
        self._sorted = None

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
        said, data = request.headers.get("x-amz-checksum-sha256"), request.body
        if said is not None:
            digest = sha256(data).digest()
            if b64decode(said) != digest:
                return error(400, "BadDigest")
            data = self._alike.setdefault(digest, data)
        return self._keep(request.key, data, request.headers)

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
        kept = {name: said for name, said in there.headers.items() if name in _KEPT or name.startswith("x-amz-meta-")}
        return Answer(200, there.data, {"ETag": there.tag, "Last-Modified": _DATE, **kept})

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
        token = escape(keys[-1].removeprefix(bucket)) if more else ""
        told = f"<IsTruncated>{str(more).lower()}</IsTruncated><NextContinuationToken>{token}</NextContinuationToken>"
        name = f"<Name>{bucket.rstrip('/')}</Name><KeyCount>{len(keys)}</KeyCount>"
        return Answer(200, f"<ListBucketResult>{name}{told}{rows}</ListBucketResult>".encode())


def error(status: int, code: str, **headers: str) -> Answer:
    """Return an error as S3 says it."""
    return Answer(status, f"<Error><Code>{code}</Code><Message>{code}</Message></Error>".encode(), headers)


class Connection(asyncio.BufferedProtocol):
    """One connection to the stub: requests one after the other."""

    _read = bytearray(_READ)  # of all connections: what was read is taken out at once
    _buffer = memoryview(_read)

    def __init__(self, stub: Stub, waiting: "Waiting") -> None:
        self._stub = stub
        self._waiting = waiting
        self._received = b""
        self._parts: list[bytes] = []
        self._missing = 0
        self._head: tuple[str, str, dict[str, str]] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def get_buffer(self, sizehint: int) -> memoryview:
        """Return where to read to."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Answer what has come whole, once its time is over."""
        if self._head is None:
            known, size = self._received, len(self._received) + nbytes
            read = known + self._read[:nbytes] if known else self._read
            end = read.find(_END, 0, size)
            if end < 0:
                self._received = bytes(read[:size])
                return
            self._head, self._received = _head(read[:end].decode("latin-1")), b""
            data = bytes(memoryview(read)[end + len(_END) : size])
            headers = self._head[2]
            self._missing = int(headers.get("content-length", 0))
            if "expect" in headers and self._transport is not None:
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        else:
            data = bytes(self._buffer[:nbytes])
        self._parts.append(data)
        self._missing -= len(data)
        if self._missing <= 0:
            method, target, headers = self._head
            body = b"".join(self._parts)
            self._head, self._parts = None, []
            self._waiting.send(self, method, self._stub.answer(_request(method, target, headers, body)))

    def send(self, method: str, answer: Answer) -> None:
        """Send an answer now."""
        if self._transport is None or self._transport.is_closing():
            return
        if not answer.status:
            self._transport.abort()
            return
        told = "".join([f"{name}: {value}\r\n" for name, value in answer.headers.items()])
        status = f"{answer.status} {_STATUS.get(answer.status, 'Error')}"
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(answer.body)}\r\nDate: {_DATE}\r\n{told}\r\n".encode()
        self._transport.write(head if method == "HEAD" else head + answer.body)


class Waiting:
    """Answers whose time is not over, in the order in which it will be."""

    def __init__(self, stub: Stub) -> None:
        self._stub = stub
        self._loop = asyncio.get_running_loop()
        self._answers: deque[tuple[float, Connection, str, Answer]] = deque()

    def send(self, connection: Connection, method: str, answer: Answer) -> None:
        """Send an answer once the stub's delay is over."""
        due = self._loop.time() + self._stub.delay
        self._answers.append((due, connection, method, answer))
        if len(self._answers) == 1:
            self._loop.call_at(due, self._due)

    def _due(self) -> None:
        now = self._loop.time() + _CLOSE
        while self._answers and self._answers[0][0] <= now:
            _, connection, method, answer = self._answers.popleft()
            connection.send(method, answer)
        if self._answers:
            self._loop.call_at(self._answers[0][0], self._due)


def _head(received: str) -> tuple[str, str, dict[str, str]]:
    first, *lines = received.split("\r\n")
    method, target, _ = first.split(" ", 2)
    fields = [line.partition(":") for line in lines]
    return method, target, {name.lower(): value.strip() for name, _, value in fields}


def _request(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Request:
    path, _, query = target.partition("?")
    bucket, _, key = unquote(path).lstrip("/").partition("/")
    asked = {"bucket": bucket}
    if query:
        asked |= {name: values[0] for name, values in parse_qs(query, keep_blank_values=True).items()}
    return Request(method, f"{bucket}/{key}" if key else "", asked, headers, body)


async def serve(stub: Stub) -> asyncio.Server:
    """Answer on a free port of this machine alone."""
    waiting = Waiting(stub)
    server = asyncio.get_running_loop().create_server
    return await server(lambda: Connection(stub, waiting), "127.0.0.1", 0, backlog=1024)


async def _main(delay: float) -> None:
    gc.disable()  # what is kept is kept to the end
    stub = Stub(delay=delay)
    server = await serve(stub)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--delay", type=float, default=0.03, help="seconds that every answer takes")
    asyncio.run(_main(parser.parse_args().delay))
