"""A small programme, built for real, into which leaks are put one at a time."""

import io
import re
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import openpyxl
import pytest
from msgspec import Struct
from msgspec.structs import replace
from pypdf import PdfWriter
from reportlab.pdfgen.canvas import Canvas

from prmbuild.audit.audit import audit, audit_directory
from prmbuild.audit.report import AuditReport, Leak
from prmbuild.build import Blobs, Built, build
from prmbuild.desired import Desired, desired, read_authored
from prmbuild.output import write
from prmbuild.progress import Silence
from prmbuild.source.git import opened
from tests.conftest import PRM, VISIBILITY, Repo, page

PORTAL = "silver-emea"
"""The portal that gets the leaks: it sees neither ``gold/`` nor ``internal/``."""

PARTNERS = """\
dimensions: {tier: [silver, gold]}
roles: [sales]
segments:
  - {id: gold-emea, title: Gold partners of the north, tier: gold}
  - {id: silver-emea, title: Silver partners of the north, tier: silver}
partners:
  - {id: nordwind, name: Nordwind Systems, segment: gold-emea}
  - {id: arbor, name: Arbor Automation, segment: silver-emea}
managers:
  - {id: dana, name: Dana Ruiz, email: dana.ruiz@vendor.example, partners: [nordwind]}
"""

MARGINS = "content/internal/margin-model-2027.md"
HIDDEN_TITLE = 'Margin "model" & plan for 2027'
HIDDEN_LINE = "We earn seventeen percent on every robot that a partner sells, whatever the tier says."
HIDDEN_ROW = "| Porter P100 | 24,112 | 22,742 |"
GOLD_LINE = "Gold partners get four points more on every registered project."
DRAFT_LINE = "The new warranty will cover thirty-six months from the day of delivery."
EXPLANATION = "Stopping first is what the safety scanner demands."
CODE_NAME = "Operation Bluebird rollout"


_INSTANT = re.compile(rb"(<dcterms:(?:created|modified)\b[^>]*>)[^<]*")


def workbook(*rows: tuple[object, ...], creator: str = "Veldra") -> bytes:
    """Make a workbook that is the same whenever it is made, so that commits with it have the same names."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.properties.creator = creator
    data = io.BytesIO()
    book.save(data)
    timeless = io.BytesIO()
    with ZipFile(data) as made, ZipFile(timeless, "w", ZIP_DEFLATED) as kept:
        for name in made.namelist():
            kept.writestr(ZipInfo(name), _INSTANT.sub(rb"\g<1>2026-09-01T09:00:00Z", made.read(name)), ZIP_DEFLATED)
    return timeless.getvalue()


def document(text: str, **properties: str) -> bytes:
    data = io.BytesIO()
    canvas = Canvas(data, invariant=True)
    canvas.drawString(72, 720, text)
    canvas.save()
    writer = PdfWriter(clone_from=io.BytesIO(data.getvalue()))
    writer.add_metadata({f"/{key}": value for key, value in properties.items()})
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


LIST = workbook(("Porter P100", "list price", 27400), ("Porter P300", "list price", 42300))
SHEET = document("The data sheet of the Porter robots says all of this.")
SECRET_SHEET = workbook(("Margin", "per robot"), ("Porter P100", 4711))

FILES = {
    "partners.yaml": PARTNERS,
    "visibility.yaml": VISIBILITY,
    "prm.yaml": PRM,
    "content/index.md": page("Welcome home", "Everything a partner of ours needs to know."),
    "content/start.md": page(
        "Start here",
        "See the [margins](internal/margin-model-2027.md), the [prices](gold/prices.md) and the [robot](robot.md).\n\n"
        "/// show-to | gold-up\n" + GOLD_LINE + "\n///\n\n<!-- Ask Ines before this goes out to anybody. -->\n",
        description="The first page that new partners ought to read.",
        topics="[onboarding, selling]",
        owner="ines.kowalski@vendor.example",
    ),
    "content/robot.md": page(
        "The robot",
        "## Size and weight\n\nIt is 90 centimetres wide & weighs `<200>` kilograms.\n\n![Drawing](robot.svg)\n\n"
        "[List](lists/list-prices.xlsx) and [sheet](sheet.pdf)\n\n"
        "| Robot | Price |\n|---|---|\n| Porter | 27,400 crowns each |\n",
        type="guide",
    ),
    "content/types.md": page(
        "'Using List<String> & :smile: types'", "- [x] Done is *do*ne, said `<T>` &amp; left[^1].\n\n[^1]: Right."
    ),
    "content/robot.svg": '<svg xmlns="http://www.w3.org/2000/svg"><title>Robot</title><text>wide</text></svg>\n',
    "content/lists/list-prices.xlsx": LIST,
    "content/sheet.pdf": SHEET,
    "content/gold/prices.md": page("Gold price list of the season", HIDDEN_ROW),
    MARGINS: page(
        f"'{HIDDEN_TITLE}'", f"{HIDDEN_LINE}\n\n| A | B | C |\n|---|---|---|\n{HIDDEN_ROW}\n\nSee [model](model.xlsx)."
    ),
    "content/internal/model.xlsx": SECRET_SHEET,
    "content/launch/bluebird.md": page(
        CODE_NAME, "Nobody hears of it before January.", publish_at="2027-01-01T00:00:00Z"
    ),
    "content/warranty.md": page("Warranty", "The warranty covers twenty-four months from the day of delivery."),
    "courses/basics/course.yaml": (
        "title: Product basics for everyone\nstatus: approved\nlessons: [one.md]\nquiz: quiz.yaml\n"
    ),
    "courses/basics/one.md": "---\ntitle: How a robot stops\n---\nA robot stops when its scanner sees a person.\n",
    "courses/basics/quiz.yaml": (
        "questions:\n"
        "  - id: first\n"
        "    question: What does a robot do when it sees a person?\n"
        "    options:\n"
        "      - {text: It stops at once, correct: true}\n"
        "      - {text: It hurries past quickly}\n"
        f"    explanation: {EXPLANATION}\n"
        "  - id: marks\n"
        """    question: 'What does "correct": true say in JSON, and <b correct> in HTML?'\n"""
        "    options:\n"
        "      - {text: That it holds, correct: true}\n"
        """      - {text: '"explanation": none & <i class="correct">'}\n"""
    ),
}


class Overlaid(Struct, frozen=True):
    """Bytes of a build, with others laid over them."""

    below: Blobs
    above: dict[str, bytes]

    def __getitem__(self, digest: str, /) -> bytes:
        return self.above[digest] if digest in self.above else self.below[digest]

    def place(self, digest: str) -> Path | None:
        return None if digest in self.above else self.below.place(digest)

    def missing(self, digests: Iterable[str]) -> frozenset[str]:
        return self.below.missing(digest for digest in digests if digest not in self.above)


class Subject(Struct, frozen=True):
    """A build, and the audit of what becomes of it."""

    built: Built
    state: Desired
    repo: Repo

    def text(self, path: str, portal: str = PORTAL) -> str:
        return self.data(path, portal).decode()

    def data(self, path: str, portal: str = PORTAL) -> bytes:
        return self.built.blobs[self._tree(portal)[path]]

    def audit(self, files: dict[str, bytes | str | None] | None = None, portal: str = PORTAL) -> AuditReport:
        """Audit the build with files of a portal replaced, added, or (None) removed."""
        return audit(self.changed(files or {}, portal), self.state, Silence())

    def leaks(self, files: dict[str, bytes | str | None], portal: str = PORTAL) -> tuple[Leak, ...]:
        return self.audit(files, portal).leaks

    def changed(self, files: dict[str, bytes | str | None], portal: str = PORTAL) -> Built:
        one = 1 << next(number for number, other in enumerate(self.built.portals) if other.id == portal)
        held = dict(self.built.files)
        blobs: dict[str, bytes] = {}
        for path, content in files.items():
            others = tuple((some & ~one, digest) for some, digest in held.pop(path, ()) if some & ~one)
            if content is not None:
                data = content.encode() if isinstance(content, str) else content
                digest = sha256(data).hexdigest()
                blobs[digest] = data
                others = (*others, (one, digest))
            if others:
                held[path] = others
        return replace(self.built, files=dict(sorted(held.items())), blobs=Overlaid(self.built.blobs, blobs))

    def written(self, out: Path) -> Path:
        write(self.built, out, Silence())
        return out

    def audit_written(self, out: Path) -> AuditReport:
        return audit_directory(out, self.state, Silence())

    def _tree(self, portal: str) -> dict[str, str]:
        return next(dict(tree.files) for tree in self.built.trees if tree.portal.id == portal)


MakeSubject = Callable[[dict[str, str | bytes | None]], Subject]


def _subject(repo: Repo) -> Iterator[Subject]:
    request = repo.request()
    with opened(repo.path) as repository:
        authored = read_authored(repository, request)
        assert authored.programme is not None, [str(found) for found in authored.diagnostics]
        with desired(authored, request, Silence()) as state:
            static = state.engine.toolchain.static_files()
            state.engine.toolchain.static_files = lambda: static  # type: ignore[method-assign]  # read once for all tests
            yield Subject(build(state, Silence()), state, repo)


@pytest.fixture(scope="session")
def subject(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Subject]:
    repo = Repo(tmp_path_factory.mktemp("audit") / "programme")
    repo.path.mkdir()
    repo.git("init", "-q", "-b", "main")
    repo.commit(FILES, "first")
    repo.commit(
        {
            "content/warranty.md": page("Warranty", DRAFT_LINE, status="draft"),
            "content/retired.md": page(
                "Prices of the year before last", "They were a good deal lower then.", status="retired"
            ),
            "content/never.md": page(
                "Merger with Halcyon Robotics", "Signed in a hurry on a Friday night.", status="draft"
            ),
        },
        "drafts",
    )
    yield from _subject(repo)
