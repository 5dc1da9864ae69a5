import asyncio
import json
from collections.abc import AsyncIterator, Mapping

import pytest

from prmbuild.serve import live as live_module
from prmbuild.serve.app import application
from prmbuild.serve.live import Live
from prmbuild.serve.making import Made
from tests.serve.conftest import ARBOR, GOLD, NORDWIND, SILVER, edition, html
from tests.serve.loops import run


async def heard(events: AsyncIterator[bytes]) -> Mapping[str, object]:
    async for event in events:
        if event.startswith(b"event: state\ndata: "):
            found: Mapping[str, object] = json.loads(event.partition(b"data: ")[2])
            return found
    raise EOFError


def test_a_page_hears_the_state_and_every_change(live: Live) -> None:
    async def listen() -> None:
        events = live.events(NORDWIND)
        first = await heard(events)
        assert first == {
            "building": False,
            "failed": False,
            "findings": [],
            "portal": live.mark(NORDWIND),
            "start": live.start_mark(),
        }
        live.begin()
        assert (await heard(events))["building"] is True
        live.finish(Made(edition=None, findings=("a.md:1:1: PRM101 wrong",)))
        broken = await heard(events)
        assert (broken["failed"], broken["findings"]) == (True, ["a.md:1:1: PRM101 wrong"])
        assert broken["portal"] == first["portal"]
        live.finish(
            Made(
                edition=edition({"gold-emea": {**GOLD, "index.html": html("new")}, "silver-emea": SILVER}), findings=()
            )
        )
        rebuilt = await heard(events)
        assert (rebuilt["failed"], rebuilt["findings"]) == (False, [])
        assert rebuilt["portal"] != first["portal"]
        live.close()
        with pytest.raises(EOFError):
            await heard(events)

    run(listen())


def test_a_portal_that_did_not_change_is_not_loaded_again(live: Live) -> None:
    gold, silver, start = live.mark(NORDWIND), live.mark(ARBOR), live.start_mark()
    live.finish(
        Made(edition=edition({"gold-emea": {**GOLD, "index.html": html("new")}, "silver-emea": SILVER}), findings=())
    )
    assert live.mark(NORDWIND) != gold
    assert live.mark(ARBOR) == silver
    assert live.start_mark() != start


def test_a_failed_build_leaves_the_last_good_one_up(live: Live) -> None:
    before = live.edition
    live.finish(Made(edition=None, findings=("wrong",)))
    assert live.edition is before
    assert live.failed


def test_a_quiet_stream_says_that_it_is_there(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_module, "KEEP_ALIVE", 0.01)

    async def listen() -> None:
        events = live.events(None)
        assert [await anext(events) for _ in range(3)][2] == b": still here\n\n"

    run(listen())


def test_the_stream_is_served_until_the_browser_leaves(live: Live) -> None:
    async def listen() -> None:
        left = asyncio.Event()
        sent: list[dict[str, object]] = []

        async def receive() -> dict[str, object]:
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, object]) -> None:
            sent.append(message)
            if b"event: state" in message.get("body", b""):  # type: ignore[operator]
                left.set()

        scope = {
            "type": "http",
            "method": "GET",
            "path": "/",
            "raw_path": b"/_dev/events",
            "query_string": b"",
            "headers": [(b"host", b"localhost")],
        }
        await asyncio.wait_for(application(live)(scope, receive, send), 10)
        assert (b"content-type", b"text/event-stream; charset=utf-8") in sent[0]["headers"]  # type: ignore[operator]

    run(listen())
