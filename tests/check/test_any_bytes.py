"""Whatever bytes stand in an authored file, the check answers with findings and never fails."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from prmbuild import codes
from prmbuild.check.check import findings
from prmbuild.check.formats import FORMATS, render_findings
from prmbuild.desired import read_authored
from prmbuild.diagnostics import Diagnostic
from prmbuild.errors import RenderError
from prmbuild.source.git import opened
from tests.check.cases import base
from tests.conftest import MakeRepo, Repo, page

FILES = sorted(base())

MARKS = (
    *(b"---\n", b"///", b"/// show-to | gold-up\n", b"[a](b.md#c)", b"![a](b.png)", b"<img src='x'>", b"<a href="),
    *(b"```\n", b"[^1]", b"&amp;", b"{: #id }", b"\xff", b"\x00", b"\r\n", b"\xe2\x80\xae", b"\xf0\x9f\xa4\x96"),
    *(b"title: x\n", b"status: approved\n", b"audience: {tier: gold}\n", b"- ", b"paths: [", b"show_to: ", b"    "),
    *(b"| a |\n|---|\n", b"\t", b"# A\n", b"<!--", b"-->", b"http://[", b"//x", b"javascript:", b"%zz", b"++x++"),
    *(b"*[A]: b\n", b":smile:", b'=== "a"\n', b"!!! note\n", b"??? x\n", b"<div markdown>", b"$", b"```mermaid\n"),
)
"""What means something to one of the readers, and so leads deeper than mere noise."""

SOUP = st.lists(st.sampled_from(MARKS) | st.binary(max_size=8), max_size=40).map(b"".join)


def checked_or_unrenderable(repo: Repo) -> tuple[Diagnostic, ...]:
    """Check; where a page cannot be rendered there are no portals to check, but the page must be named."""
    try:
        return repo.check()
    except RenderError:
        with opened(repo.path) as repository:
            found = findings(read_authored(repository, repo.request()), None)
        assert codes.UNRENDERABLE.id in {diagnostic.code for diagnostic in found}
        return found


@pytest.fixture
def sound(make_repo: MakeRepo) -> Repo:
    return make_repo(base())


@given(name=st.sampled_from(FILES), noise=SOUP, instead=st.booleans(), place=st.integers(0, 200))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(name="content/index.md", noise=b"[a](//[b)", instead=False, place=200)
@example(name="content/index.md", noise=b"<img src='http://['>", instead=False, place=200)
@example(name="content/index.md", noise=b"> " * 500, instead=False, place=200)
@example(name="content/index.md", noise=b"[" * 500, instead=False, place=200)
@example(name="prm.yaml", noise=b"", instead=True, place=0)
def test_never_raises(name: str, noise: bytes, instead: bool, place: int, sound: Repo) -> None:
    original = base()[name]
    assert isinstance(original, bytes)
    place = min(place, len(original))
    sound.commit({name: noise if instead else original[:place] + noise + original[place:]})
    try:
        found = checked_or_unrenderable(sound)
        for form in FORMATS:
            render_findings(found, form).encode()
    finally:
        sound.commit({name: original})


def test_what_is_nested_too_deeply_to_be_rendered_is_said_to_be(sound: Repo) -> None:
    sound.commit({"content/deep.md": page("Deep", "".join(f"{'    ' * depth}* x\n" for depth in range(300)))})
    (found,) = [one for one in checked_or_unrenderable(sound) if one.code == codes.UNRENDERABLE.id]
    assert found.message.endswith("lists, quotes or tags are nested too deeply") and found.hint
