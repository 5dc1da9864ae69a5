"""The whole chain in ministack: a stack made by `prmbuild infra`, a programme that is published to it, and viewers."""

import gzip
import json
import socket
import time
import urllib.request
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from click import Command
from click.testing import CliRunner

from prmbuild.access.entries import LIVE, entries, key_name
from prmbuild.access.rule import COOKIE
from prmbuild.access.tokens import Session, mint
from prmbuild.cli.deploy import deploy_command
from prmbuild.cli.rollback import rollback_command
from prmbuild.infra.cloudformation import Stack
from prmbuild.infra.deploy import deploy as deploy_stack
from prmbuild.publish.live import shown
from prmbuild.publish.opening import store_at
from prmbuild.publish.records import Deployment
from prmbuild.store.encoding import GZIP
from prmbuild.store.store import Store
from tests.conftest import CONFIGURATION, Repo, page
from tests.object_storage import S3
from tests.site.conftest import COURSE, QUIZ

KID, SECRET = "one", b"a secret of the tests, 32 bytes!"

GOLD, SILVER, NOBODY = "canary-gold-4711", "canary-silver-815", "canary-nobody-17"
"""What stands in a page for the partner of that tier alone, or for nobody."""

VISIBILITY = """\
rules:
  - paths: [content/**, courses/**]
    show_to: everyone
  - paths: [content/gold/**]
    show_to: {tier: gold}
  - paths: [content/silver/**]
    show_to: {tier: silver}
  - paths: [content/internal/**]
    show_to: nobody
"""

ROBOT = """\
## Size

![Drawing](robot.svg)

```mermaid
graph LR
  Order --> Delivery
```

```python
print("hello")
```

=== "Small"

    A tab.

=== "Large"

    Another tab.
"""

PROGRAMME: Mapping[str, str | bytes] = {
    **CONFIGURATION,
    "visibility.yaml": VISIBILITY,
    "content/index.md": page("Home", "Welcome."),
    "content/robot.md": page("The robot", ROBOT, topics="[robots]", type="guide"),
    "content/robot.svg": '<svg xmlns="http://www.w3.org/2000/svg"><rect width="4" height="4"/></svg>\n',
    "content/gold/prices.md": page("Gold price list", f"The robot costs {GOLD} crowns.\n\n[List](list.pdf)"),
    "content/gold/list.pdf": f"%PDF-1.4 {GOLD}".encode(),
    "content/silver/offer.md": page("Silver offer", f"The robot costs {SILVER} crowns."),
    "content/internal/margins.md": page("Margin model", f"We earn {NOBODY} percent."),
    "courses/basics/course.yaml": COURSE.format(title="Basics"),
    "courses/basics/lessons/01-first.md": page("First lesson", "Some words."),
    "courses/basics/lessons/02-second.md": page("Second lesson", "Short."),
    "courses/basics/quiz.yaml": QUIZ,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back; the body as a browser would have it, where it came whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Chain:
    """A stack with portals in it.

    Attributes:
        host: of the distribution.
        entered: all that the edge's function looks up.
    """

    endpoint: str
    host: str
    edge: str
    store: Store
    repo: Repo
    entered: dict[str, str] = field(default_factory=dict)

    def publish(self, files: Mapping[str, str | bytes | None]) -> Deployment:
        """Commit files, build all portals, and make them live."""
        self.repo.commit(files)
        self._run(deploy_command, "--most-pages", "1000", "--jobs", "1", "--now", self.repo.now.isoformat())
        return self._follow()

    def back(self) -> Deployment:
        """Roll back to the deployment before."""
        self._run(rollback_command)
        return self._follow()

    def _run(self, command: Command, *options: str) -> None:
        done = CliRunner().invoke(command, ["--repo", str(self.repo.path), "--to", self.store.url, *options])
        assert done.exit_code == 0, (done.output, done.exception)

    def _follow(self) -> Deployment:
        now = shown(self.store)
        assert now is not None
        self.enter({**entries(now.deployment.edition()), LIVE: now.deployment.id})
        return now.deployment

    def prefix(self, partner: str) -> str:
        """Return the folder of what is live for the sales people of a partner."""
        portal = self.entered[f"v/{self.entered[LIVE]}/{partner}/sales"]
        release = self.entered[f"r/{self.entered[LIVE]}/{portal}"]
        return f"portals/{portal}/{release.split(' ')[0]}"

    def enter(self, puts: Mapping[str, str], deletes: Collection[str] = ()) -> None:
        """Change entries of the store that the edge's function looks things up in."""
        place = f"{self.endpoint}/key-value-stores/{quote(self.edge, safe='')}"
        with urllib.request.urlopen(place) as told:
            tag = told.headers["ETag"]
        changes = {
            "Puts": [{"Key": name, "Value": value} for name, value in puts.items()],
            "Deletes": [{"Key": name} for name in deletes],
        }
        request = urllib.request.Request(
            f"{place}/keys",
            data=json.dumps(changes).encode(),
            headers={"If-Match": tag, "Content-Type": "application/json"},
            method="POST",
        )
        with urllib.request.urlopen(request) as told:
            assert told.status == 200
        self.entered |= puts
        for name in deletes:
            del self.entered[name]

    def ask(
        self, target: bytes, *cookies: str, method: bytes = b"GET", headers: bytes = b"", body: bytes = b""
    ) -> Answer:
        """Send a request as it stands, as no client library would; TLS ends before ministack, and it is told so."""
        cookie = f"Cookie: {'; '.join(f'{COOKIE}={value}' for value in cookies)}\r\n" if cookies else ""
        head = f"Host: {self.host}\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n{cookie}".encode()
        return self.send(method + b" " + target + b" HTTP/1.1\r\n" + head + headers + b"\r\n" + body)

    def send(self, request: bytes) -> Answer:
        """Send bytes, and read what comes until the connection ends."""
        host, port = self.endpoint.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=60) as connection:
            connection.sendall(request)
            said = b"".join(iter(lambda: connection.recv(65536), b""))
        head, _, body = said.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        fields = dict(line.lower().split(": ", 1) for line in lines if ": " in line)
        status = int(first.split(" ")[1])
        if fields.get("content-encoding") == GZIP and body and status != 206:
            body = gzip.decompress(body)
        return Answer(status=status, headers=fields, body=body)


def token(partner: str, secret: bytes = SECRET, kid: str = KID, **claims: str | int) -> str:
    """Return a session of somebody at a partner, that began a minute ago."""
    now = int(time.time())
    session = {"sub": "u-1", "sid": "s-1", "partner": partner, "role": "sales", "iat": now - 60, "exp": now + 3600}
    return mint(Session(**(session | claims)), kid, secret)  # type: ignore[arg-type]


@contextmanager
def chain(server: S3, folder: Path) -> Iterator[Chain]:
    """Make the stack, and publish a small programme to it."""
    stack = Stack(f"chain-{next(server.numbers)}", sleep=lambda _: time.sleep(0.2))
    outputs = deploy_stack(stack, {"Logs": "off"}, only_plan=False, told=lambda _: None).outputs
    path = folder / "programme"
    path.mkdir()
    repo = Repo(path)
    repo.git("init", "-q", "-b", "main")
    made = Chain(
        endpoint=server.endpoint,
        host=outputs["DistributionDomain"],
        edge=outputs["PublishEdge"],
        store=store_at(outputs["PublishTo"], path),
        repo=repo,
    )
    made.enter({key_name(KID): SECRET.hex()})
    made.publish(PROGRAMME)
    yield made
