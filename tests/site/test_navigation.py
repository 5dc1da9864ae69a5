import json
from collections.abc import Mapping

from tests.conftest import CONFIGURATION, MakeRepo, files_of, page
from tests.site.conftest import CONTENT


def outline(items: list[dict[str, object]]) -> list[object]:
    return [
        (item["title"], item.get("url"), outline(inner))
        if isinstance(inner := item.get("items"), list)
        else (item["title"], item.get("url"))
        for item in items
    ]


def test_the_tree_follows_folders_order_and_titles(portal: Mapping[str, bytes]) -> None:
    home, new, courses, catalogue, *sections = outline(json.loads(portal["navigation.json"])["items"])
    assert (home, new, catalogue) == (("Home", ""), ("What's new", "whats-new/"), ("Catalogue", "catalogue/"))
    assert courses == (
        "Courses",
        "courses/",
        [
            (
                "Basics",
                "courses/basics/",
                [
                    ("First lesson", "courses/basics/lessons/01-first/"),
                    ("Second lesson", "courses/basics/lessons/02-second/"),
                    ("Quiz", "courses/basics/quiz/"),
                ],
            )
        ],
    )
    guides = next(section for section in sections if section[0] == "Guides")  # type: ignore[index]
    assert guides == (
        "Guides",
        "guides/",
        [
            ("All guides", "guides/"),
            ("Zebra", "guides/zebra/"),
            ("Apple", "guides/apple/"),
            ("Deep", None, [("Leaf", "guides/deep/leaf/")]),
            ("Mango", "guides/mango/", [("Stone", "guides/mango/stone/")]),
        ],
    )


def test_it_holds_nothing_hidden(portal: Mapping[str, bytes], silver: Mapping[str, bytes]) -> None:
    assert b"Gold rebate" in portal["navigation.json"]
    assert b"old" not in silver["navigation.json"]


def test_the_look_orders_and_names_sections(make_repo: MakeRepo) -> None:
    look = "extra:\n  sections: [zoo, guides]\n  labels: {zoo: The Zoo}\n"
    repo = make_repo({**CONTENT, "content/zoo/ape.md": page("Ape"), "site_overrides/mkdocs.yml": look})
    items = json.loads(files_of(repo.render(), "nordwind")["navigation.json"])["items"]
    assert [item["title"] for item in items][4:6] == ["The Zoo", "Guides"]


def test_a_portal_without_pages_still_has_its_documents(make_repo: MakeRepo) -> None:
    files = files_of(make_repo({**CONFIGURATION, "content/internal/x.md": page("X")}).render(), "nordwind")
    assert {
        "index.html",
        "catalogue/index.html",
        "whats-new/index.html",
        "courses/index.html",
        "404.html",
    } <= files.keys()


def test_a_heading_that_gives_the_title_is_named_as_it_reads(make_repo: MakeRepo) -> None:
    untitled = "---\nstatus: approved\n---\n# Questions & <b>answers</b> on `<T>`\n"
    files = files_of(make_repo({**CONFIGURATION, "content/a/qa.md": untitled}).render(), "nordwind")
    (section,) = [item for item in json.loads(files["navigation.json"])["items"] if item["title"] == "A"]
    assert [item["title"] for item in section["items"]] == ["Questions & answers on <T>"]
    assert "<title>Questions &amp; answers on &lt;T&gt; – Example Robots</title>".encode() in files["a/qa/index.html"]


def test_a_quiz_is_named_in_the_language_of_its_course(make_repo: MakeRepo) -> None:
    german = CONTENT["courses/basics/course.yaml"].replace("title:", "language: de\ntitle:", 1)
    repo = make_repo({**CONTENT, "courses/basics/course.yaml": german})
    _, _, courses, *_ = json.loads(files_of(repo.render(), "nordwind")["navigation.json"])["items"]
    assert courses["title"] == "Courses"
    assert [lesson["title"] for lesson in courses["items"][0]["items"]][-1] == "Prüfung"
