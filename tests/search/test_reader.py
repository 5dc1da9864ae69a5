"""What the reader's script finds, in node, over segments as they are published."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import pytest

from prmbuild.render.article import Section
from prmbuild.search.entry import Entry, entry
from prmbuild.search.listing import FORMAT, SEGMENTS, TOGETHER, Listing, Settings, Terms, index, listing
from prmbuild.search.listing import terms as joined_terms
from prmbuild.search.segment import Segment, segment
from prmbuild.search.tokens import terms
from tests.search.reader import Reader

PAGES: Mapping[str, tuple[str, str, Mapping[str, str]]] = {
    "en/": (
        "en",
        "Gold price list",
        {"": "What robots cost.", "Discounts": "A registered deal adds points.", "Terms": "We invoice monthly."},
    ),
    "en2/": (
        "en",
        "Warranty",
        {"": "Replacement of robots and batteries.", "Prices": "No price changes. The robot is repaired."},
    ),
    "de/": (
        "de",
        "Preisliste für Händler",
        {"": "Verträge und Prüfungen", "Bestellung": "Bestellungen gehen an den Händler in der Straße."},
    ),
    "fr/": ("fr", "Liste des prix", {"": "Les commandes régulières", "Livraison": "Les délais de livraison généraux"}),
    "es/": ("es", "Lista de precios", {"": "Condiciones de garantía", "Envíos": "Los envíos llegan en dos días"}),
    "pt/": ("pt", "Tabela de preços", {"": "Condições de garantia", "Formação": "As formações são gratuitas"}),
    "it/": ("it", "Listino prezzi", {"": "Condizioni di garanzia", "Ordini": "Gli ordini vengono spediti"}),
    "ax/": ("en", "AX-1200/3 drive", {"": "At 24V and 2.5 kW, v5.4.2.", "Options": "The AX 1300 has a C# binding."}),
    "cpp/": ("en", "C++ library", {"": "Node.js and plain C. Call Herr Mueller: 1.234,56 for keys."}),
    "ko/": ("ko", "설명서", {"": "가격표"}),
    "th/": ("th", "คู่มือหุ่นยนต์", {"": "การติดตั้งหุ่นยนต์ในคลังสินค้า"}),
    "pt2/": ("pt", "Opções", {"": "Instalação"}),
    "ja/": ("ja", "価格表", {"": "ロボットの価格を確認できます。", "保証": "保証期間は二年です。"}),
}


def made(url: str) -> Entry:
    language, title, sections = PAGES[url]
    return entry(
        url=url,
        title=title,
        description="",
        language=language,
        type=None,
        labels=(),
        sections=[Section(anchor=name.lower(), title=name, text=text) for name, text in sections.items()],
    )


def search_data(segments: Mapping[str, Segment]) -> dict[str, bytes]:
    files = {f"search/{folder}/{name}": data for folder, one in segments.items() for name, data in one.files.items()}
    folders, listings = list(segments), []
    for start in range(0, len(folders), SEGMENTS):
        some = folders[start : start + SEGMENTS]
        files[f"search/l{start}/list.bin"] = listing([(segments[one].summary, segments[one].start) for one in some])
        found = []
        for at in range(0, len(some), TOGETHER):
            few = {folder: segments[folder] for folder in some[at : at + TOGETHER]}
            named = {folder: one.summary for folder, one in few.items()}
            found.append(Terms(folder=f"t{start}", name=f"{at}.bin", segments=named))
            joined = joined_terms([(one.terms, one.start[: one.summary.placed]) for one in few.values()])
            files[f"search/t{start}/{at}.bin"] = joined
        listings.append(Listing(folder=f"l{start}", name="list.bin", terms=found))
    return {**files, "search/index.json": index(listings, Settings(language="en", types={}))}


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    entries = {url: made(url) for url in PAGES}
    segments = {"one": segment(list(entries.values())[:3]), "two": segment(list(entries.values())[3:])}
    return Reader(tmp_path_factory.mktemp("reader"), search_data(segments))


def test_every_word_of_every_section_is_found_where_it_stands(reader: Reader) -> None:
    places = [
        (url, part, term)
        for url, (_, _, sections) in PAGES.items()
        for part, (name, text) in enumerate(sections.items(), 2)
        for term in terms(f"{name} {text}")
    ]
    for (url, part, term), results in zip(places, reader.search([term for _, _, term in places]), strict=True):
        assert part in next(result["parts"] for result in results if result["url"] == url), term  # type: ignore[operator]


ANSWERS: Mapping[str, str | None] = {
    "prices": "en/", "discount": "en/", "registering": "en/", "invoices": "en/", "battery": "en2/",
    "Bestellung": "de/", "vertrag": "de/", "prüfung": "de/", "strasse": "de/", "HAENDLER": "de/",
    "commande": "fr/", "régulier": "fr/", "général": "fr/", "envío": "es/", "condición": "es/",
    "formação": "pt/", "condicao": "pt/", "ordine": "it/", "condizione": "it/", "spedito": "it/",
    "価格": "ja/", "保証期間": "ja/", "価": "ja/", "ロボット": "ja/", "格価": None,
    "haendlers": "de/", "Müller": "cpp/", "strase": "de/", "opção": "pt2/", "key": "cpp/", "keys": "cpp/",
    "AX1200/3": "ax/", "AX1300": "ax/", "24 V": "ax/", "24v": "ax/", "2.5kW": "ax/", "5.4.2": "ax/", "v5.4": "ax/",
    "c#": "ax/", "C++": "cpp/", "f#": None, "node.js": "cpp/", "1.234,56": "cpp/",
    "가격": "ko/", "หุ่นยนต์": "th/", "คลัง": "th/",
    "warr": "en2/", "warrnaty": "en2/", "warantys": None, "the invoice of": "en/", "nothing": None,
}  # fmt: skip
"""Query → URL of its best result."""


def test_other_forms_beginnings_and_slips(reader: Reader) -> None:
    found = zip(ANSWERS, reader.search(list(ANSWERS)), strict=True)
    assert {query: next((result["url"] for result in results), None) for query, results in found} == ANSWERS


def test_what_was_found_instead_or_written_otherwise_is_marked(reader: Reader) -> None:
    found = reader.run(
        """
        const { search } = await import("./ranking.js")
        const { loadText } = await import("./data.js")
        const { hits } = await import("./matching.js")
        const steps = []
        for (const query of given) {
          const { asked, results } = await search(query)
          const [{ page, segment, number }] = results
          const texts = [page.title, ...(await loadText(segment, number))].flat().join(" ")
          const marks = hits(texts, asked).map(([start, end]) => texts.slice(start, end))
          steps.push([[...new Set(marks)], asked.flatMap(({ instead }) => instead)])
        }
        give(steps)
        """,
        ["warrnaty", "haendler", "Müller", "ax1300", "c#", "取保証期間の"[1:5]],
    )
    assert found == [
        [["Warranty"], ["warranty"]],
        [["Händler"], []],
        [["Mueller"], []],
        [["AX", "1300"], []],
        [["C#"], []],
        [["保証", "証期", "期間"], []],
    ]


def test_what_lacks_a_short_last_word_so_far_is_not_said_to_lack_it(reader: Reader) -> None:
    """A number and the unit behind it are found at once where they are written together."""
    found = reader.run(
        """
        const { search } = await import("./ranking.js")
        const said = async (query) => {
          const { results, complete, rough } = await search(query, { goesOn: true })
          return [results.map(({ page }) => page.url), complete, rough]
        }
        give([await said("plain c"), await said("24 V"), await said("robots kw")])
        """
    )
    assert found == [[["cpp/"], True, True], [["ax/"], True, True], [["en2/", "en/"], False, True]]


def test_all_words_have_to_be_there_unless_no_page_has_them(reader: Reader) -> None:
    both, some = reader.search(["robot price", "robot Händler"])
    assert {result["url"] for result in both} == {"en/", "en2/"}
    assert all(result["complete"] for result in both)
    assert {result["url"] for result in some} == {"en/", "en2/", "de/"}
    assert not any(result["complete"] for result in some)


def test_a_title_goes_before_a_text(reader: Reader) -> None:
    assert [result["url"] for result in reader.search(["price"])[0]] == ["en/", "en2/"]


def test_the_readers_language_goes_first(reader: Reader) -> None:
    found = [result["url"] for result in reader.search(["list"])[0]]
    assert found[0] == "en/"
    assert {"fr/", "es/", "it/"} <= set(found)


def test_two_letters_find_titles(reader: Reader) -> None:
    assert {result["url"] for result in reader.search(["pr"])[0]} >= {"en/", "de/", "fr/", "es/", "pt/", "it/"}


def test_excerpts_mark_what_was_found(reader: Reader) -> None:
    text = " ".join(["word"] * 80) + " The Verträge are signed, prices <b> agreed. " + "価格表" + " end" * 60
    found = reader.run(
        """
        const { excerpt, words } = await import("./matching.js")
        give(given[1].map((query) => excerpt(given[0], words(query, new Set()), 100)))
        """,
        [text, ["vertrag price", "価格表", "absent"]],
    )
    both, japanese, none = found  # type: ignore[misc]
    assert [piece for piece, hit in both if hit] == ["Verträge", "prices"]
    assert [piece for piece, hit in japanese if hit] == ["価格表"]
    assert not any(hit for _, hit in none)
    assert "".join(piece for piece, _ in both).strip("… ") in text
    assert all(len("".join(piece for piece, _ in pieces)) < 110 for pieces in (both, japanese, none))


def test_a_server_that_knows_no_parts_of_files_will_do(reader: Reader) -> None:
    found = reader.run(
        """
        ranges = false
        const { search } = await import("./ranking.js")
        const { loadText } = await import("./data.js")
        const { results } = await search("Bestellung")
        give([results[0].page.url, await loadText(results[0].segment, results[0].number), sent.length])
        """
    )
    text = ["bestellung", "Bestellung", "Bestellungen gehen an den Händler in der Straße."]
    assert found == ["de/", ["", ["", "", "Verträge und Prüfungen"], text], 1 + 1 + 1 + 1]


def test_little_is_read_for_a_word(reader: Reader) -> None:
    """The index; the listing; one bucket of all, once for all words that begin so; one page's texts."""
    found = reader.run(
        """
        const { search } = await import("./ranking.js")
        const { loadText, readAhead } = await import("./data.js")
        const steps = []
        const step = async (work) => {
          const before = sent.length
          await work
          steps.push(sent.length - before)
        }
        await readAhead()
        await new Promise((done) => setTimeout(done, 50))
        steps.push(sent.length)
        await step(search("p", { goesOn: true }))
        await step(search("pri"))
        await step(search("prices"))
        await step(search("pr"))
        const { results } = await search("price")
        await step(loadText(results[0].segment, results[0].number))
        give(steps)
        """
    )
    assert found == [1 + 1, 0, 1, 0, 1, 1]


def test_what_nobody_waits_for_any_more_is_not_worked_out(reader: Reader) -> None:
    found = reader.run(
        """
        const { search } = await import("./ranking.js")
        let late = false
        const before = new Promise((done) => setTimeout(done, 20)).then(() => (late = true))
        give([
          await search("price", { outdated: () => true }),
          await search("price", { outdated: () => late, before }),
          (await search("price")).results.length,
        ])
        """
    )
    assert found == [None, None, 2]


def test_of_many_segments_only_those_with_results_are_listed(tmp_path: Path) -> None:
    about = {"description": "", "language": "en", "type": None, "labels": (), "sections": ()}
    more = [entry(url=f"{at}/", title=sha256(bytes([at])).hexdigest(), **about) for at in range(20)]
    segments = {f"s{at}": segment([made("en/"), made("de/"), *more][at % 2 :]) for at in range(40)}
    large = Reader(tmp_path, search_data(segments))
    found = large.run(
        """
        const { search } = await import("./ranking.js")
        const { loadText, readAhead } = await import("./data.js")
        const reads = () => sent.splice(0).length
        await readAhead()
        await new Promise((done) => setTimeout(done, 50))
        const steps = [reads()]
        const { results } = await search("invoice")
        steps.push(results.length, reads())
        give([...steps, (await loadText(results[0].segment, 0))[2][1]])
        """
    )
    assert found == [1 + 40 // SEGMENTS, 20, 40 // TOGETHER + 20, "Discounts"]


@pytest.fixture(scope="module")
def replaced(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """A portal that a script can put another in the place of, by calling ``deploy("after")`` or ``deploy("odd")``."""
    before = search_data({"one": segment([made("en/"), made("de/")])})
    after = search_data({"one": segment([made("en2/"), made("de/")])})
    odd = {"search/index.json": before["search/index.json"].replace(b'"format":', b'"format":1')}
    files = before | {f"after/{path}": data for path, data in after.items()}
    return Reader(tmp_path_factory.mktemp("replaced"), files | {f"odd/{path}": data for path, data in odd.items()})


DEPLOY = """
const { search } = await import("./ranking.js")
const { loadText, renewed } = await import("./data.js")
const deploy = (name) => (moved = (path) => path.replace("/search/", `/${name}/search/`))
const urls = async (query) => (await search(query)).results.map(({ page }) => page.url)
const failed = (work) => work.then(() => "read", (error) => error.constructor.name)
"""


def test_a_page_that_is_open_reads_the_search_data_of_the_next_deployment(replaced: Reader) -> None:
    found = replaced.run(
        DEPLOY
        + """
        const { results } = await search("invoice")
        const steps = [results.map(({ page }) => page.url)]
        deploy("after")
        steps.push(await failed(loadText(results[0].segment, results[0].number)))
        steps.push([await urls("warranty"), await urls("invoice"), await urls("Bestellung")])
        steps.push(await renewed(results[0].segment.index))
        steps.push(await failed(search("invoice").then(() => search("batteries"))), await urls("batteries"))
        moved = (path) => path
        steps.push(await urls("gold"))
        give(steps)
        """
    )
    assert found == [["en/"], "Error", [["en2/"], [], ["de/"]], True, "read", ["en2/"], ["en/"]]


def test_what_is_gone_for_good_fails_and_is_asked_for_again(replaced: Reader) -> None:
    found = replaced.run(
        DEPLOY
        + """
        await urls("invoice")
        moved = (path) => (path.endsWith("index.json") ? path : `${path}.gone`)
        const steps = [await failed(search("warranty"))]
        moved = (path) => path
        give([...steps, await urls("Bestellung")])
        """
    )
    assert found == ["Error", ["de/"]]


def test_search_data_of_another_format_is_not_read(replaced: Reader) -> None:
    """It is a page from before a deployment that asks for it, and has to be loaded anew."""
    found = replaced.run(
        DEPLOY
        + """
        await urls("invoice")
        deploy("odd")
        const steps = [await failed(search("warranty"))]
        moved = (path) => path
        give([...steps, await urls("Bestellung")])
        """
    )
    assert found == ["Outdated", ["de/"]]


def test_scripts_read_what_is_made(reader: Reader) -> None:
    assert reader.run('const { loadIndex } = await import("./data.js")\ngive((await loadIndex()).format)') == FORMAT
