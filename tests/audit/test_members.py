"""What is known of files in members without searching them is what a search finds."""

import gzip
from collections.abc import Sequence
from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prmbuild.audit.facts import Blob, Facts, facts
from prmbuild.audit.members import Earlier, Members
from prmbuild.audit.scanner import Scanner
from prmbuild.audit.search import Search
from tests.audit.test_scanner import scanner

TITLES = ("gold price list", "partner handbook", "courier contract", "warehouse keys")
PIECES = (*TITLES, "words about nothing much", '{"url":"pricing/"}', '{"url":"start/"}', "price list gold", "")
TEXTS = st.lists(st.lists(st.sampled_from(PIECES), min_size=1, max_size=3).map("\n".join), min_size=2, max_size=6)
ALIVE = st.lists(st.booleans(), min_size=len(TITLES), max_size=len(TITLES))


@pytest.fixture(scope="module")
def search() -> Search:
    titles: Scanner = scanner(*TITLES)
    return titles.search


def packed(texts: Sequence[str]) -> bytes:
    return b"".join(gzip.compress(text.encode(), mtime=0) for text in texts)


def blob(data: bytes, *, searched: bool = True) -> Blob:
    digest = sha256(data).hexdigest()
    return Blob(digest=digest, place=None, held=data, searched=searched, suffixes=frozenset({".bin"}))


def told(found: Facts | None) -> tuple[object, ...] | None:
    if found is None:
        return None
    return found.digest, found.size, found.found.tolist(), found.references, found.problems


@settings(max_examples=50, deadline=None)
@given(texts=TEXTS)
def test_members_tell_what_the_file_does(texts: list[str], search: Search) -> None:
    file, members = blob(packed(texts)), Members(search)
    cut = members.cut(file.held)
    assert b"".join(cut) == file.held and len(cut) == len(texts)
    assert told(members.facts(file, cut)) in (told(facts(file, search)), None if not "".join(texts) else ())
    assert members.cut(file.held) == cut, "met before"


@settings(max_examples=50, deadline=None)
@given(files=st.lists(st.tuples(TEXTS, st.sampled_from(["", "more"]), st.booleans()), max_size=6))
@pytest.mark.parametrize("most", [0, 1 << 20], ids=["forgotten at once", "remembered"])
def test_many_files_are_told_as_by_themselves(
    most: int, files: list[tuple[list[str], str, bool]], search: Search
) -> None:
    members = Members(search, most)
    blobs = [blob(packed(texts) + after.encode(), searched=searched) for texts, after, searched in files]
    for batch in (blobs[:2], blobs[2:], blobs):
        assert [told(found) for found in members.facts_each(batch)] == [told(facts(each, search)) for each in batch]


@settings(max_examples=50, deadline=None)
@given(before=TEXTS, after=TEXTS, shared=TEXTS, alive=ALIVE)
def test_the_earlier_file_tells_what_a_search_would(
    before: list[str], after: list[str], shared: list[str], alive: list[bool], search: Search
) -> None:
    members, flags = Members(search), np.array(alive, np.bool_)
    earlier, file = blob(packed([*before, *shared])), blob(packed([*after, *shared]))
    was = Earlier(
        digest=earlier.digest,
        members=frozenset(members.cut(earlier.held)),
        found=facts(earlier, search).found,
        portals=1,
    )
    came = members.came(file, members.cut(file.held), was, flags)
    if came is None:
        return
    wanted = facts(file, search)
    assert [number for number in came.found.tolist() if alive[number]] == [
        number for number in wanted.found.tolist() if alive[number]
    ]
    new = {member for member in members.cut(file.held) if member not in was.members}
    assert set(came.new) == new
    stood = b"".join(member for member in members.cut(file.held) if member in was.members)
    assert set(came.stayed.tolist()) <= set(facts(blob(stood), search).found.tolist())


def test_an_edit_is_told_by_the_earlier_file(search: Search) -> None:
    members, flags = Members(search), np.ones(len(TITLES), np.bool_)
    before, after = blob(packed(TITLES)), blob(packed(("now a gold price list", *TITLES[1:])))
    was = Earlier(
        digest=before.digest,
        members=frozenset(members.cut(before.held)),
        found=facts(before, search).found,
        portals=1,
    )
    came = members.came(after, members.cut(after.held), was, flags)
    assert came is not None
    assert (came.found.tolist(), came.found_new.tolist(), came.stayed.tolist()) == ([0, 1, 2, 3], [0], [1, 2, 3])
    assert len(came.new) == len(came.gone) == 1


@pytest.mark.parametrize(
    "data",
    [
        packed(["one"]),
        packed(["one", "two"]) + b"more",
        packed(["one", "two"])[:-1],
        b"text" + packed(["one", "two"]),
        packed(["one", "two"]) + b"PK\x05\x06",
        b"",
    ],
    ids=["one member", "something after them", "cut off", "something before them", "an archive as well", "nothing"],
)
def test_what_is_more_than_members_is_not_cut(data: bytes, search: Search) -> None:
    assert Members(search).cut(data) == ()


def test_a_doubt_is_searched(search: Search) -> None:
    """What stood in a member that is gone may stand in one that stayed as well."""
    members, flags = Members(search), np.ones(len(TITLES), np.bool_)
    before, after = blob(packed([TITLES[0], TITLES[0] + "!", "x"])), blob(packed([TITLES[0], "x"]))
    was = Earlier(
        digest=before.digest,
        members=frozenset(members.cut(before.held)),
        found=facts(before, search).found,
        portals=1,
    )
    assert members.came(after, members.cut(after.held), was, flags) is None
