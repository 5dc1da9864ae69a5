from collections.abc import Callable, Mapping
from hashlib import sha256

import pytest

from prmbuild.authored.programme import Partner, Segment
from prmbuild.authored.resource import Option, Question
from prmbuild.serve.app import application
from prmbuild.serve.edition import Edition, Quiz, ServedPortal, ViewerId
from prmbuild.serve.live import Live
from prmbuild.serve.making import Made
from prmbuild.visibility.rules import Origin
from tests.serve.client import Client

NORDWIND = ViewerId("nordwind", "sales")
ARBOR = ViewerId("arbor", "sales")


def html(body: str) -> bytes:
    return f"<!doctype html><html><body>{body}</body></html>".encode()


QUIZ = Quiz(
    questions=(
        Question(
            id="one",
            question="One?",
            options=(Option(text="yes", correct=True), Option(text="no", correct=False)),
            explanation="Because of one.",
        ),
        Question(
            id="two",
            question="Two?",
            options=(
                Option(text="a", correct=True),
                Option(text="b", correct=False),
                Option(text="c", correct=True),
            ),
            explanation="Because of two.",
        ),
    ),
    pass_mark=0.8,
)

GOLD: Mapping[str, bytes] = {
    "404.html": html("gold: nothing here"),
    "index.html": html("gold home"),
    "pricing/index.html": html("gold prices 4711"),
    "pricing/list.xlsx": b"PK-gold",
    "drawing.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "navigation.json": b"{}",
    "sitemap.xml": b"<urlset/>",
    "assets/f.woff2": b"wOF2",
    "assets/app.js": b"1",
    "fragment.html": b"<p>no page</p>",
}
SILVER: Mapping[str, bytes] = {"404.html": html("silver: nothing here"), "index.html": html("silver home")}


def edition(portals: Mapping[str, Mapping[str, bytes]] | None = None) -> Edition:
    portals = portals or {"gold-emea": GOLD, "silver-emea": SILVER}
    blobs = {sha256(data).hexdigest(): data for files in portals.values() for data in files.values()}
    origin = Origin(path="partners.yaml", line=1, column=1)
    return Edition(
        vendor="Example & Robots",
        revision="0123456789abcdef",
        preview=True,
        segments=(
            Segment(id="gold-emea", title="Gold EMEA", attributes={}),
            Segment(id="silver-emea", title="Silver EMEA", attributes={}),
        ),
        partners=(
            Partner(
                id="nordwind",
                name="Nordwind <Systems> GmbH",
                segment="gold-emea",
                attributes={"tier": "gold"},
                origin=origin,
            ),
            Partner(id="arbor", name="Arbor", segment="silver-emea", attributes={"tier": "silver"}, origin=origin),
        ),
        roles=("sales",),
        portals={
            name: ServedPortal(
                id=name,
                release=sha256(repr(files).encode()).hexdigest(),
                files={path: sha256(data).hexdigest() for path, data in files.items()},
                pages=3,
                quizzes={"basics": QUIZ} if name == "gold-emea" else {},
            )
            for name, files in portals.items()
        },
        viewers={NORDWIND: "gold-emea", ARBOR: "silver-emea"},
        blobs=blobs,
    )


@pytest.fixture
def live() -> Live:
    """Two partners, each with a portal."""
    made = Live()
    made.finish(Made(edition=edition(), findings=()))
    return made


@pytest.fixture
def client_of(live: Live) -> Callable[[ViewerId | None], Client]:
    app = application(live)
    return lambda viewer: Client(app=app, viewer=viewer)


@pytest.fixture
def gold(client_of: Callable[[ViewerId | None], Client]) -> Client:
    return client_of(NORDWIND)


@pytest.fixture
def silver(client_of: Callable[[ViewerId | None], Client]) -> Client:
    return client_of(ARBOR)


@pytest.fixture
def stranger(client_of: Callable[[ViewerId | None], Client]) -> Client:
    return client_of(None)
