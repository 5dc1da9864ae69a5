"""What search knows of an article's text."""

import pytest

from prmbuild.render.sections import sections
from prmbuild.render.tokens import tokens


def cut(html: str) -> list[tuple[str, str, str]]:
    return [(part.anchor, part.title, part.text) for part in sections(tokens(html), "Page")]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("re<b>gis</b>ter a<wbr>b <span>c</span><em>d</em>", "register ab cd"),
        ("x<sup>2</sup> and H<sub>2</sub>O", "x2 and H2O"),
        ("first<br>second<br/>third", "first second third"),
        ("<label>Windows</label><label>macOS</label><input>one", "Windows macOS one"),
        ("<table><tr><th>A</th><th>B</th></tr><tr><td>1<br>2</td><td>3</td></tr></table>", "A B 1 2 3"),
        ("<dl><dt>Term</dt><dd>What</dd></dl><ul><li>a</li><li>b</li></ul>", "Term What a b"),
        ("<details><summary>More</summary>text</details>end", "More text end"),
        ('Foot<sup id="fnref:1"><a class="footnote-ref" href="#fn:1">1</a></sup>.', "Foot."),
        ('note<a class="footnote-backref" href="#fnref:1">↩</a>', "note"),
        ('see<img alt="A red &amp; green pump" src="a.png">there<img src="b.png">', "see A red & green pump there"),
        ("<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>字", "漢 ( kan ) 字"),
        ("<pre>one\n  two</pre>three &lt;b&gt;<script>no</script>", "one two three <b>"),
        ('a<div data-search-exclude><img alt="no">no</div>b<object>no</object>c', "a b c"),
        ("<my-element>a</my-element>b", "a b"),
    ],
)
def test_words_end_where_a_reader_sees_them_end(html: str, text: str) -> None:
    assert [found for *_, found in cut(html)] == [text]


def test_a_heading_with_an_id_begins_a_part() -> None:
    html = (
        "<p>before</p>"
        '<h2 id="a">One <code>&amp;</code><br>two<a class="headerlink" href="#a">¶</a></h2>text'
        '<div><h3 id="b">Inner</h3>inside</div>outside'
        '<h2 id="c" data-search-exclude>Hidden</h2>hidden'
    )
    assert cut(html) == [
        ("", "Page", "before"),
        ("a", "One & two", "text outside"),
        ("b", "Inner", "inside"),
    ]
