"""A clean build passes; each leak, put in by itself, is found at its place."""

import base64
import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Callable
from html import escape
from urllib.parse import quote

import pytest
from pypdf import PdfReader, PdfWriter

from prmbuild.audit import hiding
from prmbuild.audit.report import Kind, Leak
from prmbuild.audit.search import Search
from tests.audit.conftest import (
    CODE_NAME,
    DRAFT_LINE,
    EXPLANATION,
    GOLD_LINE,
    HIDDEN_LINE,
    HIDDEN_ROW,
    HIDDEN_TITLE,
    LIST,
    MARGINS,
    PORTAL,
    SECRET_SHEET,
    Subject,
    document,
    workbook,
)

START = "start/index.html"
NAVIGATION = "navigation.json"
SEARCH = "search/index.json"


def search_data(subject: Subject) -> tuple[str, str, slice]:
    """The paths of a listing, and of a file of texts of its largest segment; where the list of that one's pages is."""
    ((folder, name, together),) = json.loads(subject.text(SEARCH))["listings"]
    some = [segment for *_, few in together for segment in few]
    largest = max(range(len(some)), key=lambda number: some[number][1])
    places, lists = [placed for *_, placed, _ in some], [listed for *_, listed in some]
    start = sum(places) + sum(lists[:largest])
    where = slice(start, start + lists[largest])
    path = f"search/{folder}{name}"
    listed = json.loads(gzip.decompress(subject.data(path)[where]))
    return path, f"search/{some[largest][0]}{listed['texts'][0][1]}", where


def in_body(text: str, more: str) -> str:
    assert "</article>" in text
    return text.replace("</article>", f"{more}</article>", 1)


def only(leaks: tuple[Leak, ...], kind: Kind, file: str, owner: str) -> Leak:
    """The one leak there is, which must be of that kind, in that file, and betray that source."""
    assert {(leak.portal, leak.kind, leak.file, leak.owner) for leak in leaks} == {(PORTAL, kind, file, owner)}, [
        str(leak.diagnostic()) for leak in leaks
    ]
    return leaks[0]


def test_a_clean_build_passes_with_its_controls(subject: Subject) -> None:
    report = subject.audit()
    assert not report.leaks, [str(leak.diagnostic()) for leak in report.leaks]
    assert not report.unread
    assert report.portals == 2
    assert report.files == sum(len(tree.files) for tree in subject.built.trees)
    assert report.canaries > 60
    # title and text of each of the five pages in its file and in search data, its title in the navigation
    assert report.controls > 2 * 5 * 3
    assert "clean" in report.summary()


SAYING: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "HTML-escaped": escape,
    "as numeric entities": lambda text: "".join(f"&#x{ord(character):x};" for character in text),
    "in capitals": str.upper,
    "in an attribute": lambda text: f'<p title="{escape(text)}"></p>',
    "in a comment": lambda text: f"<!-- {text} -->",
    "JSON-escaped in a script": lambda text: f"<script>x={json.dumps(text)}</script>",
    "percent-encoded": lambda text: f'<a href="mailto:x@example.org?subject={quote(text)}">write</a>',
    "in base64": lambda text: f'<img src="data:text/plain;base64,{base64.b64encode(text.encode()).decode()}">',
    "split by tags": lambda text: f"{text[:5]}<b>{text[5:13]}</b><i>{text[13:]}</i>",
    "over lines": lambda text: text.replace(" ", "\n    "),
    "zlib in base64": lambda text: base64.b64encode(zlib.compress(f"{text} {'x' * 40}".encode())).decode(),
    "with soft hyphens": lambda text: "\u00ad".join(text),
}


BETRAYING = (
    (HIDDEN_TITLE, Kind.TITLE, MARGINS),
    (HIDDEN_LINE, Kind.TEXT, MARGINS),
    (HIDDEN_ROW, Kind.TEXT, "content/gold/prices.md"),
    (GOLD_LINE, Kind.TEXT, "content/start.md"),
    (DRAFT_LINE, Kind.TEXT, "content/warranty.md"),
    (CODE_NAME, Kind.TITLE, "content/launch/bluebird.md"),
    ("internal/margin-model-2027/", Kind.PATH, MARGINS),
    (EXPLANATION, Kind.ANSWER, "courses/basics/quiz.yaml"),
    ("dana.ruiz@vendor.example", Kind.NAME, "partners.yaml"),
)


@pytest.mark.parametrize("saying", SAYING.values(), ids=SAYING)
def test_text_in_a_page(subject: Subject, saying: Callable[[str], str]) -> None:
    for texts in (BETRAYING[:1], BETRAYING[1:]):
        more = "\n".join(f"<p>{saying(text)}</p>" for text, _, _ in texts)
        leaks = subject.leaks({START: in_body(subject.text(START), more)})
        assert {(leak.portal, leak.file) for leak in leaks} == {(PORTAL, START)}
        assert {(kind, owner) for _, kind, owner in texts} <= {(leak.kind, leak.owner) for leak in leaks}


@pytest.mark.parametrize(
    ("text", "kind", "owner"),
    [
        ("Prices of the year before last", Kind.TITLE, "content/retired.md"),
        ("Merger with Halcyon Robotics", Kind.TITLE, "content/never.md"),
        ("Signed in a hurry on a Friday night", Kind.TEXT, "content/never.md"),
        ("Nordwind Systems", Kind.NAME, "partners.yaml"),
        ("Gold partners of the north", Kind.NAME, "partners.yaml"),
        ("Dana Ruiz", Kind.NAME, "partners.yaml"),
        ("gold-emea", Kind.NAME, "partners.yaml"),
        ("ines.kowalski@vendor.example", Kind.NAME, "content/start.md"),
        ("Ask Ines before this goes out to anybody.", Kind.TEXT, "content/start.md"),
        ("content/internal/**", Kind.PATH, "visibility.yaml"),
        ("margin-model-2027", Kind.PATH, MARGINS),
        ("model.xlsx", Kind.PATH, "content/internal/model.xlsx"),
        ("ana@vendor.example", Kind.NAME, "content/start.md"),
    ],
)
def test_what_else_is_nobodys_business(subject: Subject, text: str, kind: Kind, owner: str) -> None:
    leaks = subject.leaks({START: in_body(subject.text(START), f"<p>{escape(text)}</p>")})
    assert {leak.file for leak in leaks} == {START}
    found = {(leak.kind, leak.owner) for leak in leaks}
    assert (kind, owner) in found or (owner == "content/start.md" and kind in {leak.kind for leak in leaks})


def test_a_commit_in_a_page(subject: Subject) -> None:
    leaks = subject.leaks({START: in_body(subject.text(START), f"<p>built from {subject.built.revision[:12]}</p>")})
    assert {leak.kind for leak in leaks} == {Kind.NAME}


def test_a_leak_is_reported_with_line_and_excerpt(subject: Subject) -> None:
    changed = in_body(subject.text(START), f"<p>So: {HIDDEN_LINE}</p>")
    leak = only(subject.leaks({START: changed}), Kind.TEXT, START, MARGINS)
    assert subject.repo.path.joinpath(MARGINS).read_text().splitlines()[leak.line - 1] == HIDDEN_LINE
    assert "So: We earn seventeen percent" in leak.excerpt
    finding = str(leak.diagnostic())
    assert finding.startswith(f"{MARGINS}:{leak.line}:1: PRM903 {PORTAL}/{START}: ")
    assert "stands in what is made from content/start.md: " in finding and "use other words there or in" in finding


def test_a_title_in_the_navigation(subject: Subject) -> None:
    navigation = json.loads(subject.text(NAVIGATION))
    navigation["items"].append({"title": HIDDEN_TITLE})
    only(subject.leaks({NAVIGATION: json.dumps(navigation)}), Kind.TITLE, NAVIGATION, MARGINS)


def test_a_url_in_the_navigation(subject: Subject) -> None:
    navigation = json.loads(subject.text(NAVIGATION))
    navigation["items"].append({"title": "Prices", "url": "gold/prices/"})
    leaks = subject.leaks({NAVIGATION: json.dumps(navigation)})
    assert {(leak.kind, leak.file) for leak in leaks} == {(Kind.PATH, NAVIGATION), (Kind.REFERENCE, NAVIGATION)}


def test_a_hidden_line_in_search_data(subject: Subject) -> None:
    _, path, _ = search_data(subject)
    data = subject.data(path) + gzip.compress(json.dumps(["", ["a", "b", HIDDEN_LINE]]).encode())
    only(subject.leaks({path: data}), Kind.TEXT, path, MARGINS)


def test_a_location_in_search_data(subject: Subject) -> None:
    path, _, where = search_data(subject)
    whole = subject.data(path)
    data = json.loads(gzip.decompress(whole[where]))
    data["pages"].append({"url": "nowhere/", "title": "Start here"})
    changed = whole[: where.start] + gzip.compress(json.dumps(data).encode()) + whole[where.stop :]
    leak = only(subject.leaks({path: changed}), Kind.REFERENCE, path, "")
    assert "nowhere/" in leak.found


@pytest.mark.parametrize(
    ("markup", "excerpt"),
    [
        ('<a href="../gold/">all</a>', "../gold/"),
        ('<a href="https://partners.vendor.example/nothing/">all</a>', "/nothing/"),
        ('<a href="/nothing/">all</a>', "/nothing/"),
        ('<img src="missing.png">', "missing.png"),
        ('<script src="https://cdn.example/x.js"></script>', "https://cdn.example/x.js"),
        ('<link rel="stylesheet" href="//cdn.example/x.css">', "//cdn.example/x.css"),
        ("<style>b{background:url(https://cdn.example/x.png)}</style>", "https://cdn.example/x.png"),
        ("<p style=\"background:url('http://cdn.example/y.png')\">", "http://cdn.example/y.png"),
        ('<img srcset="https://cdn.example/1.png 1x, https://cdn.example/2.png 2x">', "2.png"),
        ('<iframe src="https://video.example/embed"></iframe>', "https://video.example/embed"),
        ('<a href="javascript:alert(1)">x</a>', "javascript:alert(1)"),
    ],
)
def test_a_reference_that_leads_astray(subject: Subject, markup: str, excerpt: str) -> None:
    leaks = subject.leaks({START: in_body(subject.text(START), markup)})
    assert {leak.kind for leak in leaks} == {Kind.REFERENCE}
    assert any(excerpt in leak.found for leak in leaks)


@pytest.mark.parametrize(
    "markup",
    [
        '<a href="https://elsewhere.example/">out</a>',
        '<a href="mailto:help@elsewhere.example">write</a>',
        '<a href="../robot/#size">in</a>',
        '<a href="/me/">me</a><a href="../api/deals">deals</a><a href="https://partners.vendor.example/manage/">m</a>',
        '<a href="?q=1">again</a><a href="#top">up</a><a href="../catalogue/?type=guide">all</a>',
        '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">',
    ],
)
def test_references_that_may_stand(subject: Subject, markup: str) -> None:
    assert not subject.leaks({START: in_body(subject.text(START), markup)})


def test_a_hidden_asset_under_another_name(subject: Subject) -> None:
    leaks = subject.leaks({"lists/other.xlsx": SECRET_SHEET})
    assert {(leak.kind, leak.file) for leak in leaks} >= {
        (Kind.ASSET, "lists/other.xlsx"),
        (Kind.UNACCOUNTED, "lists/other.xlsx"),
    }
    assert next(leak for leak in leaks if leak.kind is Kind.ASSET).owner == "content/internal/model.xlsx"


def test_a_hidden_asset_in_place_of_a_visible_one(subject: Subject) -> None:
    leaks = subject.leaks({"lists/list-prices.xlsx": SECRET_SHEET})
    assert {"content/internal/model.xlsx", "content/lists/list-prices.xlsx"} <= {leak.owner for leak in leaks}


def test_a_hidden_asset_inside_a_page(subject: Subject) -> None:
    url = "data:application/octet-stream;base64," + base64.b64encode(SECRET_SHEET).decode()
    leaks = subject.leaks({START: in_body(subject.text(START), f'<a href="#" data-file="{url}">x</a>')})
    assert ("content/internal/model.xlsx", Kind.ASSET) in {(leak.owner, leak.kind) for leak in leaks}


def png(kind: bytes, body: bytes) -> bytes:
    return hiding._png(kind, lambda _: body)("")


def attached(name: str, data: bytes) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(document("Nothing here."))))
    writer.add_attachment(name, data)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def archived(name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return out.getvalue()


ASSETS: dict[str, tuple[str, bytes]] = {
    "zTXt of a PNG": ("robot.svg", png(b"zTXt", b"Title\0\0" + zlib.compress(HIDDEN_TITLE.encode()))),
    "tEXt of a PNG": ("robot.svg", png(b"tEXt", b"Title\0" + HIDDEN_TITLE.encode())),
    "iTXt of a PNG": ("robot.svg", png(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(HIDDEN_TITLE.encode()))),
    "title of an SVG": ("robot.svg", f"<svg><title>{escape(HIDDEN_TITLE)}</title></svg>".encode()),
    "comment of an SVG": ("robot.svg", f"<svg><!-- {HIDDEN_TITLE} --></svg>".encode()),
    "EXIF of a JPEG": ("robot.svg", b"\xff\xd8\xff\xe1\0\x40Exif\0\0" + HIDDEN_TITLE.encode("utf-16-le") + b"\xff\xd9"),
    "comment of a JPEG": ("robot.svg", b"\xff\xd8\xff\xfe\0\x40" + HIDDEN_TITLE.encode() + b"\xff\xd9"),
    "properties of a PDF": ("sheet.pdf", document("Nothing here.", Title=HIDDEN_TITLE)),
    "text of a PDF": ("sheet.pdf", document(HIDDEN_TITLE)),
    "shared strings of a workbook": ("lists/list-prices.xlsx", workbook((HIDDEN_TITLE,))),
    "properties of a workbook": ("lists/list-prices.xlsx", workbook(("Porter",), creator=HIDDEN_TITLE)),
    "attachment of a PDF": ("sheet.pdf", attached("notes.txt", HIDDEN_TITLE.encode())),
    "attached archive of a PDF": ("sheet.pdf", attached("notes.zip", hiding._zipped("x.txt")(HIDDEN_TITLE))),
    "properties of a workbook in an archive": (
        "lists/list-prices.xlsx",
        archived("inner.xlsx", workbook(("Porter",), creator=HIDDEN_TITLE)),
    ),
    "name in an archive": ("lists/list-prices.xlsx", archived("Margin model & plan for 2027.txt", b"empty")),
    "data after a PNG": ("robot.svg", png(b"tEXt", b"a\0b") + HIDDEN_TITLE.encode()),
    "gzip": ("lists/list-prices.xlsx", gzip.compress(HIDDEN_TITLE.encode())),
}


@pytest.mark.parametrize(("path", "data"), ASSETS.values(), ids=ASSETS)
def test_a_title_inside_a_file(subject: Subject, path: str, data: bytes) -> None:
    leaks = subject.leaks({path: data})
    betraying = [leak for leak in leaks if leak.owner == MARGINS]
    assert {(leak.kind, leak.file) for leak in betraying} <= {(Kind.METADATA, path), (Kind.TITLE, path)}
    assert {leak.source for leak in betraying} == {f"content/{path}"}
    assert betraying
    assert betraying[0].place
    assert (f"content/{path}", Kind.ASSET) in {(leak.owner, leak.kind) for leak in leaks}


def test_a_file_that_nothing_accounts_for(subject: Subject) -> None:
    only(subject.leaks({"start/notes.txt": "nothing of interest"}), Kind.UNACCOUNTED, "start/notes.txt", "")


def test_a_name_of_a_file(subject: Subject) -> None:
    leaks = subject.leaks({"internal/margin-model-2027/index.html": "<p>empty</p>"})
    assert {leak.kind for leak in leaks} == {Kind.PATH, Kind.UNACCOUNTED}


def test_a_theme_file_with_other_bytes(subject: Subject) -> None:
    path = next(path for path in subject.state.engine.toolchain.static_files() if path.endswith(".css"))
    assert (Kind.UNACCOUNTED, path) in {(leak.kind, leak.file) for leak in subject.leaks({path: "b{}"})}


def test_a_page_that_is_missing(subject: Subject) -> None:
    leaks = subject.leaks({"robot/index.html": None})
    assert (Kind.UNACCOUNTED, "robot/index.html") in {(leak.kind, leak.file) for leak in leaks}


def test_the_page_of_another_portal(subject: Subject) -> None:
    leaks = subject.leaks({START: subject.data(START, "gold-emea")})
    assert (Kind.TEXT, "content/start.md") in {(leak.kind, leak.owner) for leak in leaks}


def test_what_one_portal_may_show_is_no_leak_there(subject: Subject) -> None:
    text = subject.text(START, "gold-emea")
    assert GOLD_LINE in text
    allowed = in_body(text, "<p>Gold price list of the season</p>")
    assert not subject.leaks({START: allowed}, "gold-emea")


QUIZ = "courses/basics/quiz/index.html"


@pytest.mark.parametrize(
    "mark",
    [
        lambda text: text.replace('value="0"', 'value="0" data-correct'),
        lambda text: text.replace('value="0"', 'value="0" checked'),
        lambda text: text.replace('value="0"', 'value="yes"'),
        lambda text: text.replace("</form>", '<script>var key = {"answers": 1, "correct": [0]}</script></form>'),
        lambda text: text.replace('<label class="portal-option"', '<label class="portal-option is-right"', 1),
    ],
)
def test_an_answer_in_a_quiz(subject: Subject, mark: Callable[[str], str]) -> None:
    changed = mark(subject.text(QUIZ))
    assert changed != subject.text(QUIZ)
    only(subject.leaks({QUIZ: changed}), Kind.ANSWER, QUIZ, "courses/basics/quiz.yaml")


def test_a_question_about_answers_betrays_none(subject: Subject) -> None:
    text = subject.text(QUIZ)
    assert "What does &#34;correct&#34;: true say" in text and "&#34;explanation&#34;: none" in text
    assert not subject.leaks({QUIZ: text.replace("</form>", "<p>Right.</p></form>")})


@pytest.mark.parametrize("path", [START, "pages", "texts", NAVIGATION])
def test_a_file_without_what_it_must_hold_makes_the_audit_blind(subject: Subject, path: str) -> None:
    listing, texts, _ = search_data(subject)
    path = {"pages": listing, "texts": texts}.get(path, path)
    leaks = subject.leaks({path: '{"items":[],"docs":[]}' if path.endswith("json") else "<p>empty</p>"})
    assert {leak.kind for leak in leaks} == {Kind.BLIND}


def test_a_blinded_search_fails_the_control(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Search, "texts", lambda self, texts: [set() for _ in texts])
    report = subject.audit()
    assert {leak.kind for leak in report.leaks} == {Kind.BLIND}
    assert {leak.file for leak in report.leaks} >= {"", START, SEARCH, NAVIGATION}


def test_a_search_that_cannot_open_one_kind_of_file_fails_the_control(
    subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prmbuild.audit.images.png_texts", lambda data: iter(()))
    leaks = subject.audit().leaks
    assert [leak.kind for leak in leaks] == [Kind.BLIND] * len(leaks)
    assert any("zTXt" in leak.found for leak in leaks)


def test_an_encrypted_document_is_reported_as_unread(subject: Subject) -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(document("Secret."))))
    writer.encrypt("password")
    data = io.BytesIO()
    writer.write(data)
    report = subject.audit({"sheet.pdf": data.getvalue()})
    assert [(unread.file, unread.owner) for unread in report.unread] == [("sheet.pdf", "content/sheet.pdf")]
    assert any(finding.code == "PRM912" for finding in report.diagnostics())


def test_the_workbook_of_the_clean_build_is_what_was_approved(subject: Subject) -> None:
    assert subject.data("lists/list-prices.xlsx") == LIST
