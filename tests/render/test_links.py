"""What may not be followed leaves a page whole, however it is written."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prmbuild.catalog.address import address_of
from prmbuild.check.destinations import comments, destinations
from prmbuild.render.article import PageInput
from prmbuild.render.comments import without_comments
from prmbuild.render.links import followable, internal_path, urls_and_ids, without_links, without_some_links
from prmbuild.render.look import Look
from prmbuild.render.material import Toolchain
from prmbuild.render.page import Site
from prmbuild.render.tokens import tokens

PORTAL = "https://portal.example/"
HIDDEN, SHOWN = "../gold/prices/", "../shown/"
HUGE = ("<a " * 20000, "<!--" * 6000, "<" * 50000, "</" * 30000, '<a title="' * 9999, "<style>" * 9999, "<a b='" * 9999)


def seen(text: str, *followed: str) -> str:
    """What stays for readers who may follow some internal URLs."""
    return without_links(text, followable(frozenset(followed), PORTAL))


@pytest.fixture(scope="module")
def toolchain() -> Toolchain:
    return Toolchain(
        Site(
            name="Site", url=PORTAL, look=Look(), addresses={"content/a.md": address_of("content/a.md")}, preview=False
        )
    )


@pytest.mark.parametrize(
    "attack",
    [
        '<a href="URL">x</a>',
        '<a title=it\'s href="URL">x</a>',
        "<a title='x href=\"URL\">x</a>'>y</a>",
        "<a title=\"it's\"href='URL'>x</a>",
        "<a/href=URL>x</a>",
        '<a\nhref\n=\n"URL">x</a>',
        '<A HREF="URL">x</A>',
        '<a href="URL" title=">">x</a>',
        '<a title=">" href="URL">x</a>',
        '<!-- x --!><a href="URL">x</a>',
        '<!x><a href="URL">x</a>',
        '<?x><a href="URL">x</a>',
        '<textarea><a title="</textarea><a href=URL>">x</a></textarea>',
        '<img alt="<a href=URL>" src="URL">',
        '<svg><a xlink:href="URL"><text>x</text></a></svg>',
        '<svg><style><a href="URL">x</a></style></svg>',
        '<svg><use href="#a"><animate attributeName="href" values="URL"/></use></svg>',
        '<svg><a><set attributeName="href" to="URL"/>x</a></svg>',
        '<iframe srcdoc="<a href=URL>x</a>"></iframe>',
        '<base href="URL">',
        '<meta http-equiv="refresh" content="0;url=URL">',
        "<script>location='URL'</script>",
        "<script>location='URL'",
        "<p onclick=\"location='URL'\">x</p>",
        '<p style="background:url(URL)">x</p>',
        '<p style="background:Url(URL)">x</p>',
        '<p style="background:u\\72l(URL)">x</p>',
        "<p style=\"background:image-set('URL' 1x)\">x</p>",
        '<p style="background:url(data:image/png;base64,AA),url(URL)">x</p>',
        "<style>@import 'URL';</style>",
        "<style>p{background:url(URL)}</style>",
        "<svg><style>@im&#112;ort 'URL';</style></svg>",
        '<img srcset="data:image/png;base64,AA 1x, URL 2x">',
        '<rect fill="url(URL)"/>',
        '<a ping="URL" href="https://other.example/">x</a>',
        '<a href="URL',
        '<p title="<a href=URL>x</a>',
    ],
)
@pytest.mark.parametrize("hidden", [HIDDEN, "https://portal.example/gold/prices/"])
def test_no_path_stays(attack: str, hidden: str) -> None:
    assert "gold" not in seen(attack.replace("URL", hidden), SHOWN, "#a")
    assert seen("<p>before</p>" + attack.replace("URL", hidden)).startswith("<p>before</p>")


@pytest.mark.parametrize(
    "harmless",
    [
        '<a href="../shown/">x</a>',
        "<a title=\"it's\" href='../shown/'>x</a>",
        "<A HREF = ../shown/ >x</A>",
        '<p style="background:url(../shown/)">x</p>',
        "<p style=\"background:url('data:image/png;base64,AA')\">x</p>",
        '<img srcset="../shown/ 1x, data:image/png;base64,AA 2x" alt="a">',
        "<style>p{color:red}</style>",
        '<input type="checkbox" disabled/>',
        '<a href="https://other.example/a?b=1&amp;c">x</a>',
        '<a href="mailto:a@b.example">x</a>',
        "<p>1 &lt; 2 > 1</p>",
        '<iframe src="../shown/"></iframe>',
    ],
)
def test_what_may_stay_keeps_its_bytes(harmless: str) -> None:
    assert seen(harmless, SHOWN) == harmless


def test_only_the_refused_attribute_goes() -> None:
    assert seen('<p id="a" onclick="x()" class="b">c</p>') == '<p id="a"  class="b">c</p>'
    assert seen("<a title=it's href='../shown/'>x</a>", SHOWN) == "<a  href='../shown/'>x</a>"
    assert seen('<img src="../gold/a.png" alt="A &lt; B">') == "A &lt; B"
    assert seen('<a href="javascript:x()">x</a><a href="java\tscript:x()">y</a>') == "xy"
    assert seen('<object data="data:text/html,x">y</object>') == ""


def test_no_tag_comes_of_what_stands_around_a_comment() -> None:
    assert seen('<<!-- x -->a href="b">c') == '&lt;a href="b">c'


OWN = [
    "https://portal.example/gold/prices/",
    "HTTPS://PORTAL.example/gold/prices/",
    "http://portal.example/gold/prices/",
    "https://portal.example:443/gold/prices/",
    "https://portal.example./gold/prices/",
    "https://ana:pw@portal.example/gold/prices/",
    "//portal.example/gold/prices/",
    "\\\\portal.example\\gold\\prices\\",
    "https:\\\\portal.example/gold/prices/",
    "https:///portal.example/gold/prices/",
    "ht\ntps://portal.example/gold/prices/",
    " https://p%6Frtal.example/x/../gold/prices/ ",
    "https://portal\u3002example/gold/%70rices/",
]


@pytest.mark.parametrize("url", OWN)
def test_the_portals_own_address_is_inside(url: str) -> None:
    assert internal_path(url, "a/", PORTAL) == ("gold/prices/", "")
    assert seen(f'<a href="{url}">x</a>') == "x"
    assert seen(f'<a href="{url}">x</a>', url) == f'<a href="{url}">x</a>', "the control"


@pytest.mark.parametrize(
    "url", ["https://other.example/gold/", "https://portal.example:8443/", "mailto:a@portal.example"]
)
def test_other_addresses_are_outside(url: str) -> None:
    assert internal_path(url, "a/", PORTAL) is None
    assert seen(f'<a href="{url}">x</a>') == f'<a href="{url}">x</a>'


@pytest.mark.parametrize("url", ["https:../gold/prices/", "https:/gold/prices/", "http://[x/gold/"])
def test_addresses_read_in_two_ways_go(url: str) -> None:
    assert seen(f'<a href="{url}">x</a>') == "x"


def test_a_portal_below_a_folder() -> None:
    assert internal_path("https://a.example/p/gold/", "", "https://a.example/p/") == ("gold/", "")
    assert internal_path("https://a.example/other/", "", "https://a.example/p/") is None


def test_absolute_references_are_found(toolchain: Toolchain) -> None:
    article = toolchain.article(_page("[a](https://PORTAL.example/a/) [b](https://portal.example/gold/)")).article
    assert [(found.written, found.target) for found in article.references][:2] == [
        ("https://PORTAL.example/a/", "content/a.md"),
        ("https://portal.example/gold/", None),
    ]


def _page(text: str) -> PageInput:
    return PageInput.of(path="content/a.md", text=text, title="A", description="", language="en")


@pytest.mark.parametrize(
    "markdown",
    [
        "shown\n\n<!-- SECRET -->\n",
        "shown\n\n<!-- SECRET",
        "shown\n\n- a\n\n    <!-- SECRET\n\n    SECRET\n\n    -->\n- b",
        "shown\n\n!!! note\n\n    <!-- SECRET\n\n    SECRET -->\n",
        "shown ![a <!-- SECRET --> b](x.png)",
        "| shown | b |\n|---|---|\n| <!-- SECRET --> | `|` |",
        "# shown <!-- SECRET -->",
        "shown\n\n```\nunclosed <!-- SECRET -->\n",
        "shown\n\n  ```\n<!-- SECRET -->\n  ```\n",
        "shown ` a\n` <!-- SECRET --> `",
        "shown \\`<!-- SECRET -->`",
        "shown\n\n<!-- x -->```\na\n```\n<!-- SECRET -->\n```\nb\n",
        "shown <!<!-- x -->-- SECRET -->",
        "shown <!--> SECRET -->",
        "<div>shown\n`<!-- SECRET -->`\n</div>\n",
        "<div>shown\n\n`<!-- SECRET`\n\n</div>\n",
    ],
)
def test_comments_are_never_published(markdown: str, toolchain: Toolchain) -> None:
    body = toolchain.article(_page(markdown)).body
    for html in (seen(body.html), body.safe):
        assert "shown" in html
        assert "SECRET" not in html
    assert without_comments(markdown).count("\n") == markdown.count("\n")


@pytest.mark.parametrize(
    "markdown", ["`<!-- shown -->`", "```html\n<!-- shown -->\n```", "- a\n\n    ~~~\n    <!-- shown\n    ~~~\n"]
)
def test_comments_in_code_stay(markdown: str, toolchain: Toolchain) -> None:
    assert without_comments(markdown) == markdown
    assert "shown" in toolchain.article(_page(markdown)).body.safe
    assert list(comments(markdown, 1)) == []


markup = st.text(alphabet="<!->`~\\\n a/=\"'", max_size=120)


@given(markup)
def test_taking_comments_out_leaves_none_and_every_line(markdown: str) -> None:
    stripped = without_comments(markdown)
    assert without_comments(stripped) == stripped
    assert stripped.count("\n") == markdown.count("\n")
    if "<!--" not in markdown:
        assert stripped == markdown


@given(markup)
def test_undoing_twice_is_undoing_once(text: str) -> None:
    once = seen(text)
    assert seen(once) == once


tags = st.lists(
    st.sampled_from(
        (
            '<a href="in/">', '<a href="out/">', "<a href='https://a.example/'>", "</a>", '<img src="in/" alt="in">',
            '<img src="//a.example/x.png" alt="<b>">', '<video src="out/"><p>', "</video>",
            "</p>", "<style>a{}</style>", '<style cite="out/">a{}</style>', "<p cite='out/' \nDATA=x>", "<VIDEO>",
            "<!-- x -->", "<script>x</script>", "text & more", "<", "<p onclick=x id=y>", '<p style="color:url(in/)">',
        )
    ),
    max_size=12,
).map("".join)  # fmt: skip


@given(markup | tags)
def test_undoing_some_links_first_changes_nothing(text: str) -> None:
    judged = seen(text, "in/", "out/")
    assert seen(judged, "in/") == seen(text, "in/")
    assert without_some_links(judged, {"out/"}) == without_links(judged, lambda url, _: url != "out/")


@pytest.mark.parametrize("text", [*HUGE, " ".join("`" * (1 + n % 300) for n in range(9000)), "[a]:" + " " * 50000])
@pytest.mark.parametrize(
    "work",
    [
        seen,
        without_comments,
        lambda text: urls_and_ids(tokens(text)),
        lambda text: destinations(text, 1),
        lambda text: list(comments(text, 1)),
    ],
)
def test_the_effort_grows_with_the_length_only(work: Callable[[str], object], text: str) -> None:
    work(text)
