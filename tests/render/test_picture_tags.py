"""A picture's tag says how large it is, where its author said nothing of it."""

import pytest

from prmbuild.render.pictures import Picture, with_dimensions

A, B = Picture("a.png", 400, 200), Picture("b.svg?x=1&y=2#only-light", 24, 24)
SIZE = ' width="400" height="200"'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('<p>x <img alt="x" src="a.png" /> y</p>', f'<p>x <img{SIZE} alt="x" src="a.png" /> y</p>'),
        ("<IMG SRC=a.png>", f"<IMG{SIZE} SRC=a.png>"),
        ("<img\nsrc='a.png'/>", f"<img{SIZE}\nsrc='a.png'/>"),
        (
            '<img src="b.svg?x=1&amp;y=2#only-light"><img src="a.png">',
            f'<img width="24" height="24" src="b.svg?x=1&amp;y=2#only-light"><img{SIZE} src="a.png">',
        ),
        ('<img src="a.png" src="c.png">', f'<img{SIZE} src="a.png" src="c.png">'),
        ('<img class="wide" style="border: 0" src="a.png">', f'<img{SIZE} class="wide" style="border: 0" src="a.png">'),
        ('<img src="a.png" width="300">', '<img height="150" src="a.png" width="300">'),
        ('<img src="a.png" WIDTH=1>', '<img height="1" src="a.png" WIDTH=1>'),
        ('<picture></picture><img src="a.png">', f'<picture></picture><img{SIZE} src="a.png">'),
        ('</picture><img src="a.png">', f'</picture><img{SIZE} src="a.png">'),
    ],
)
def test_a_picture_is_given_its_size(before: str, after: str) -> None:
    assert with_dimensions(before, (A, B)) == after


@pytest.mark.parametrize(
    "html",
    [
        '<img src="a.png" width="50%">',
        '<img src="a.png" width="0">',
        '<img src="a.png" width="300" style="height: 3em">',
        '<img src="a.png" HEIGHT=300>',
        '<img src="a.png" width="">',
        '<img src="a.png" style="width: 3em">',
        '<img src="a.png" style="max-height: 50px">',
        '<img src="a.png" style="INLINE-SIZE: 50px">',
        '<img src="a.png" style="aspect-ratio: 1">',
        '<img src="a.png" srcset="a.png 1x, c.png 2x">',
        '<picture><source srcset="c.png"><img src="a.png"></picture>',
        '<img src="c.png">',
        "<img>",
        '<image src="a.png"></image><imgx src="a.png">',
        '<video src="a.png"></video> &lt;img src="a.png"&gt;',
    ],
)
def test_what_its_author_said_stays(html: str) -> None:
    assert with_dimensions(html, (A, B)) == html


def test_an_article_without_pictures_is_not_looked_at() -> None:
    html = '<img src="a.png">' * 2
    assert with_dimensions(html, ()) is html
