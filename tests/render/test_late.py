"""Values of which a part is read when it is asked for."""

import pickle
from functools import partial

from prmbuild.render.article import PageInput
from prmbuild.render.late import Late


def test_it_is_read_when_it_is_asked_for_and_tells_nothing_apart() -> None:
    read: list[str] = []
    late = Late(lambda: read.append("once") or "text")
    assert not read and late() == "text" and read
    assert {late, Late(partial(str, "other"))} == {late} and late != "text"


def test_another_process_gets_what_is_read() -> None:
    one = PageInput.of(path="content/a.md", text="Text.", title=None, description="", language="en")
    here = [one.text]
    there = pickle.loads(
        pickle.dumps(
            PageInput(
                key=one.key, path=one.path, title=None, description="", language="en", read_text=Late(lambda: here[0])
            )
        )
    )
    assert there == one and there.text == "Text." and hash(there) == hash(one)
