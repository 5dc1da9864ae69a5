import pytest
from tests.chain.running import *
pytestmark = pytest.mark.xdist_group("s3")

def test_x(live: Chain) -> None:
    for path in (b"/", b"/gold/prices/", b"/silver/offer/", b"/nope/", b"/robot.svg", b"/sign-in/", b"/robot", b"//"):
        for who in ("nordwind", "arbor"):
            a = live.ask(path, token(who))
            print(path, who, a.status, len(a.body), a.body[:60], a.headers if path in(b"/",b"/nope/", b"/sign-in/") else "")
