"""What is remembered changes no finding, whatever was edited, and is no obstacle when it is broken."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import json

from prmbuild.cache import DirectoryCache
from prmbuild.check import links
from prmbuild.check.check import findings
from prmbuild.check.file import FileFacts, file_findings
from prmbuild.desired import desired, read_authored
from prmbuild.diagnostics import Diagnostic
from prmbuild.progress import Silence
from prmbuild.source.git import opened
from tests.check.cases import base
from tests.conftest import MakeRepo, Repo, page

BODIES = (
    "# One\n\n[two](two.md#two) [nothing](none.md) ![x](x.png)",
    "# Two\n\n[one](one.md#one) [index](index.md#nowhere)",
    "/// show-to | gold-up\n[two](two.md)\n///\n\n[one](../content/one.md)",
    "[x](https://x.example/) <img src='https://x.example/a.png'> <!-- note -->",
    "# Two\n\n```\n[a](b.md)\n```\n\n/// show-to | nowhere\n",
    "[gold](gold.md) [robots](robots.md) [two](deep/two.md)",
)
NAMES = ("content/one.md", "content/two.md", "content/gold.md", "content/deep/two.md", "content/x.png")
STATUSES = st.sampled_from(("approved", "draft", "retired"))
PAGES = st.builds(page, st.sampled_from(("One", "Two")), st.sampled_from(BODIES), status=STATUSES)
EDITS = st.dictionaries(st.sampled_from(NAMES), PAGES | st.none(), max_size=3)


def both_ways(repo: Repo, cache: DirectoryCache) -> tuple[tuple[Diagnostic, ...], tuple[Diagnostic, ...]]:
    """Check without a memory, and with one."""
    request = repo.request()
    with opened(repo.path) as repository:
        authored = read_authored(repository, request)
        with desired(authored, request, Silence()) as state:
            return findings(authored, state), findings(authored, state, cache)


@pytest.fixture
def sound(make_repo: MakeRepo) -> Repo:
    return make_repo(base())


@pytest.fixture
def cache(tmp_path: Path) -> DirectoryCache:
    return DirectoryCache(tmp_path / "cache")


@given(edits=EDITS)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_findings_are_the_same_with_a_memory(edits: dict[str, str | None], sound: Repo, cache: DirectoryCache) -> None:
    there = {name for name in NAMES if (sound.path / name).exists()}
    sound.commit({name: text for name, text in edits.items() if text is not None or name in there})
    without, remembered = both_ways(sound, cache)
    assert remembered == without


def test_nothing_is_found_out_twice(sound: Repo, cache: DirectoryCache, monkeypatch: pytest.MonkeyPatch) -> None:
    sound.commit({"content/one.md": page("One", BODIES[0])})
    _, first = both_ways(sound, cache)
    monkeypatch.setattr("prmbuild.check.written.file_findings", lambda *_, **__: pytest.fail("looked at again"))
    request = sound.request()
    with opened(sound.path) as repository:
        authored = read_authored(repository, request)
        with desired(authored, request, Silence()) as state:
            assert findings(authored, state, cache) == first


def test_an_edit_goes_through_the_links_of_its_own_page(
    sound: Repo, cache: DirectoryCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    followed: list[str] = []
    corrected = links._to_correct

    def noted(paths: Sequence[str], *others: Any) -> Iterator[Diagnostic]:  # noqa: ANN401
        followed.extend(paths)
        return corrected(paths, *others)

    monkeypatch.setattr(links, "_to_correct", noted)
    sound.commit({"content/one.md": page("One", BODIES[0]), "content/two.md": page("Two", BODIES[5])})
    texts = {
        "first": BODIES[5],
        "words alone": f"{BODIES[5]} and more",
        "an anchor": f"{BODIES[5]}\n\n## Two\n",
    }
    told = {}
    for name, text in texts.items():
        sound.commit({"content/two.md": page("Two", text)})
        followed.clear()
        without, remembered = both_ways(sound, cache)
        assert without == remembered
        told[name] = Counter(followed)
    everything = told["first"]
    assert {"content/one.md", "content/two.md"} < everything.keys() == told["an anchor"].keys()
    assert set(everything.values()) == set(told["an anchor"].values()) == {2}, "without a memory, and with one"
    again = {path for path, often in told["words alone"].items() if often == 2}
    assert "content/two.md" in again and "content/one.md" not in again, "a group is gone through, not all of them"


class Recording(DirectoryCache):
    """A cache that tells what was put into it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.keys: set[str] = set()

    def put_many(self, entries: Mapping[str, bytes]) -> Mapping[str, str]:
        self.keys |= entries.keys()
        return super().put_many(entries)


def test_what_cannot_be_read_is_found_out_again(sound: Repo, tmp_path: Path) -> None:
    cache = Recording(tmp_path / "cache")
    sound.commit({"content/one.md": page("One", BODIES[0])})
    both_ways(sound, cache)
    assert cache.keys
    cache.put_many(dict.fromkeys(cache.keys, b'[1, {"x": null}]'))
    without, remembered = both_ways(sound, cache)
    assert remembered == without


@settings(deadline=None)
@given(body=st.sampled_from(BODIES), status=st.sampled_from(("approved", "draft", "sometimes")))
def test_a_files_facts_survive_being_written_down(body: str, status: str) -> None:
    dates = {"publish_at": "2026-12-01T00:00:00Z", "last_reviewed_on": "2026-09-30", "review_in": "90d"}
    facts = file_findings(("content/a.md", page("A", body, status=status, **dates).encode(), None), None)
    assert json.decode(json.encode(facts), type=FileFacts) == facts
