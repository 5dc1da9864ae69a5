"""Facts are recalled while what they depend on holds, and found out again otherwise."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from prmbuild.cache import DirectoryCache
from prmbuild.cache.facts import Facts

NAMES = [f"content/{number}.md" for number in range(200)]


class Asked:
    """Finds facts out, and notes which."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self.names: tuple[str, ...] = ()

    def __call__(self, wanted: Mapping[str, str]) -> Mapping[str, str]:
        self.names = ()

        def find_out(names: Sequence[str]) -> Mapping[str, str]:
            self.names = tuple(names)
            return {name: f"{name} is {wanted[name]}" for name in names}

        found = self._facts.recall("kind", wanted, find_out, str)
        assert found == {name: f"{name} is {depends}" for name, depends in wanted.items()}
        return found


@pytest.fixture
def cache(tmp_path: Path) -> DirectoryCache:
    return DirectoryCache(tmp_path)


def test_only_what_changed_is_found_out_again(cache: DirectoryCache) -> None:
    wanted = dict.fromkeys(NAMES, "old")
    asked = Asked(Facts(cache, (b"about",)))
    asked(wanted)
    assert set(asked.names) == set(NAMES)
    asked(wanted)
    assert asked.names == ()
    asked(wanted | {"content/7.md": "new", "content/new.md": "new"})
    assert set(asked.names) == {"content/7.md", "content/new.md"}
    asked({name: wanted[name] for name in NAMES[8:]})
    assert asked.names == (), "what is gone takes nothing along"
    asked(wanted | {"content/7.md": "new"})
    assert not asked.names


def test_what_all_depend_on_changes_all(cache: DirectoryCache) -> None:
    facts = Facts(cache, (b"about",))
    asked: list[str] = []

    def told(wanted: Mapping[str, str], depends: str) -> Mapping[str, str]:
        def find_out(names: Sequence[str]) -> Mapping[str, str]:
            asked.extend(names)
            return {name: f"{wanted[name]} {depends}" for name in names}

        asked.clear()
        return facts.recall("kind", wanted, find_out, str, depends)

    wanted = dict.fromkeys(NAMES, "old")
    for changed, depends, expected in (
        ({}, "all", set(NAMES)),
        ({}, "all", set()),
        ({"content/7.md": "new"}, "all", {"content/7.md"}),
        ({"content/7.md": "new"}, "others", set(NAMES)),
    ):
        now = wanted | changed
        assert told(now, depends) == {name: f"{own} {depends}" for name, own in now.items()}
        assert set(asked) == expected


def test_facts_that_cannot_be_read_are_found_out_though_nothing_changed(cache: DirectoryCache) -> None:
    wanted = dict.fromkeys(NAMES, "same")
    for form, fact, expected in ((str, "fact", len(NAMES)), (str, "fact", 0), (int, 7, len(NAMES)), (int, 7, 0)):
        asked: list[str] = []

        def find_out(names: Sequence[str], asked: list[str] = asked, fact: object = fact) -> Mapping[str, object]:
            asked.extend(names)
            return dict.fromkeys(names, fact)

        found = Facts(cache, (b"about",)).recall("kind", wanted, find_out, form)
        assert len(asked) == expected and dict(found) == dict.fromkeys(NAMES, fact)


def test_what_utf8_cannot_say_is_found_out_each_time_and_takes_nothing_along(cache: DirectoryCache) -> None:
    wanted = dict.fromkeys((*NAMES, "content/\udcff.md"), "same")
    for text, again in (("fact", {"content/\udcff.md"}), ("\ud800", set(wanted))):
        facts = Facts(cache, (text.encode("utf-8", "surrogatepass"),))
        for expected in (set(wanted), again):
            asked: list[str] = []

            def find_out(names: Sequence[str], asked: list[str] = asked, text: str = text) -> Mapping[str, str]:
                asked.extend(names)
                return dict.fromkeys(names, text)

            assert facts.recall("kind", wanted, find_out, str) == dict.fromkeys(wanted, text)
            assert set(asked) == expected


def test_about_something_else_nothing_is_known(cache: DirectoryCache) -> None:
    wanted = dict.fromkeys(NAMES[:3], "old")
    Asked(Facts(cache, (b"a", b"b")))(wanted)
    for about in ((b"ab",), (b"a", b"bc"), ()):
        asked = Asked(Facts(cache, about))
        asked(wanted)
        assert set(asked.names) == set(wanted)


def test_without_a_cache_everything_is_found_out() -> None:
    asked = Asked(Facts(None, ()))
    for _ in range(2):
        asked({"a": "1"})
        assert asked.names == ("a",)


def test_what_held_before_something_changed_can_be_asked_for(cache: DirectoryCache) -> None:
    facts = Facts(cache, (b"about",))
    Asked(facts)({"a": "1", "b": "1"})
    Asked(facts)({"a": "2", "b": "1"})
    outdated = facts.outdated("kind", ("a", "b", "never"), str)
    assert outdated == {"a": "a is 2", "b": "b is 1"}
    assert facts.outdated("kind", ("a",), int) == {}, "what cannot be one is left out"
    assert Facts(cache, (b"other",)).outdated("kind", ("a",), str) == {}
    assert Facts(None, ()).outdated("kind", ("a",), str) == {}


@pytest.mark.parametrize("text", [b"", b"[]", b"null", b'{"a": null}', b'{"a": ["1"]}', b'{"a": ["1", null]}', b"\xff"])
def test_what_is_broken_is_found_out_again(cache: DirectoryCache, text: bytes) -> None:
    facts = Facts(cache, (b"about",))
    asked = Asked(facts)
    asked({"a": "1"})
    for number in range(64):
        cache.put(facts._key("kind", number), text)
    asked({"a": "1"})
    assert asked.names == ("a",)
