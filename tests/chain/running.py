"""The whole chain in ministack: a stack made by `prmbuild infra`, a programme that is published to it, and viewers."""

import gzip
import socket
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from click import Command
from click.testing import CliRunner

from prmbuild.access.entries import LIVE, key_name
from prmbuild.access.rule import COOKIE
from prmbuild.access.tokens import Session, mint
from prmbuild.cli.deploy import deploy_command
from prmbuild.cli.keys import keys_command
from prmbuild.edge.cloudfront import KeyValueStore
from prmbuild.infra.cloudformation import Stack
from prmbuild.infra.deploy import deploy as deploy_stack
from prmbuild.publish.opening import store_at
from prmbuild.store.encoding import GZIP
from prmbuild.store.store import Store
from tests.conftest import CONFIGURATION, Repo, page
from tests.object_storage import S3
from tests.site.conftest import COURSE, QUIZ

GOLD, SILVER, NOBODY = "canary-gold-4711", "canary-silver-815", "canary-nobody-17"
"""What stands in a page for the partner of that tier alone, or for nobody."""

PRM = """\
vendor: Example Robots
portal_url: {url}
publish:
  to: {to}
  edge: {edge}
"""

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
        kid: the name of the key that signs sessions.
        entered: all that the edge's function looks up.
    """

    endpoint: str
    host: str
    edge: KeyValueStore
    store: Store
    repo: Repo
    kid: str = ""
    entered: Mapping[str, str] = field(default_factory=dict)

    @property
    def secret(self) -> bytes:
        """The key that signs sessions."""
        return bytes.fromhex(self.entered[key_name(self.kid)])

    def publish(self, files: Mapping[str, str | bytes | None]) -> None:
        """Commit files, build all portals, and make them live."""
        self.repo.commit(files)
        self.run(deploy_command, "--most-pages", "1000", "--jobs", "1", "--now", self.repo.now.isoformat())

    def run(self, command: Command, *options: str) -> str:
        """Run a command as people do, and return what it prints."""
        done = CliRunner().invoke(command, [*options, "--repo", str(self.repo.path)])
        assert done.exit_code == 0, (done.output, done.exception)
        self.entered = self.edge.entries()
        return done.stdout.strip()

    def prefix(self, partner: str) -> str:
        """Return the folder of what is live for the sales people of a partner."""
        deployment = self.entered[LIVE].split(" ")[0]
        portal = self.entered[f"v/{deployment}/{partner}/sales"]
        return f"portals/{portal}/{self.entered[f'r/{deployment}/{portal}'].split(' ')[0]}"

    def enter(self, puts: Mapping[str, str], deletes: Collection[str] = ()) -> None:
        """Change entries of the store that the edge's function looks things up in."""
        assert self.edge.update(self.edge.standing().tag, puts, deletes) is not None
        self.entered = self.edge.entries()

    def token(self, partner: str, secret: bytes = b"", **claims: str | int) -> str:
        """Return a session of somebody at a partner, that began a minute ago."""
        now = int(time.time())
        session = {"sub": "u-1", "sid": "s-1", "partner": partner, "role": "sales", "iat": now - 60, "exp": now + 3600}
        return mint(Session(**(session | claims)), self.kid, secret or self.secret)  # type: ignore[arg-type]

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
        edge=KeyValueStore(outputs["PublishEdge"]),
        store=store_at(outputs["PublishTo"], path),
        repo=repo,
    )
    settings = PRM.format(url=outputs["PortalUrl"], to=outputs["PublishTo"], edge=outputs["PublishEdge"])
    made.repo.commit({**PROGRAMME, "prm.yaml": settings})
    made.kid = made.run(keys_command, "rotate")
    made.publish({})
    yield made
