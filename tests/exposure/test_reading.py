import pytest

from prmbuild.exposure.reading import Line, LineKind, html_lines


def texts(html: str, page_url: str = "pricing/emea/") -> list[str]:
    return [line.text for line in html_lines(html, page_url, "https://partners.example/")]


@pytest.mark.parametrize(
    ("html", "read"),
    [
        ("<h2 id='a'>Prices<a class='headerlink' href='#a'>¶</a></h2><p>One\n  robot.</p>", ["Prices", "One robot."]),
        ("<p>see <a href='../amer/'>the other list</a></p>", ["see the other list (→ /pricing/amer/)"]),
        ("<p><a href='#terms'>terms</a></p>", ["terms (→ #terms)"]),
        ("<p><a href='mailto:ana@vendor.example'>ana@vendor.example</a></p>", ["ana@vendor.example"]),
        ("<p><a href='https://x.example/a'>there</a></p>", ["there (→ https://x.example/a)"]),
        ("<ul><li>a<ul><li>b</li></ul></li><li><p>c</p></li></ul>", ["• a", "  • b", "• c"]),
        ("<ol start=3><li>a</li><li>b</li></ol>", ["3. a", "4. b"]),
        ("<table><tr><th>A</th><th>B</th></tr><tr><td>1<br>2</td><td><p>3</p></td></tr></table>", ["A | B", "1 2 | 3"]),
        ("<pre><code>a:\n  b\n</code></pre>", ["a:", "  b"]),
        ("<p><img alt='The robot' src='../../robot.svg'></p>", ["[picture: The robot, robot.svg]"]),
        ("<p>a<br>b</p>", ["a", "b"]),
        ("<p>5 &lt; 6 &amp; x</p><script>no()</script><style>p{}</style><svg><title>no</title></svg>", ["5 < 6 & x"]),
        ("<li><label><input type='checkbox' checked> done</label></li>", ["• ☑ done"]),
        ("text <b>with</b>out end", ["text without end"]),
        ("<p> </p><ul><li></li></ul>", []),
    ],
)
def test_a_page_is_read_as_people_read_it(html: str, read: list[str]) -> None:
    assert texts(html) == read


def test_a_moved_page_reads_the_same_where_its_links_lead_to_the_same() -> None:
    assert texts("<a href='../amer/'>x</a>") == texts("<a href='../../pricing/amer/'>x</a>", "offers/emea/")


def test_lines_know_what_they_are() -> None:
    html = "<h1>a</h1><p>b</p><ul><li>c</li></ul><table><tr><td>d</td></tr></table><pre>e</pre>"
    assert [line.kind for line in html_lines(html)] == [
        LineKind.HEADING,
        LineKind.TEXT,
        LineKind.ITEM,
        LineKind.ROW,
        LineKind.CODE,
    ]
    assert Line(LineKind.TEXT, "b") in html_lines(html)
