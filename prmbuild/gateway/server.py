"""The gateway as a process."""

import sys
from collections.abc import Callable

import uvicorn

from prmbuild.errors import PrmError, StoreError
from prmbuild.gateway.answers import Gateway
from prmbuild.gateway.app import application
from prmbuild.gateway.live import SessionsOf, Watch
from prmbuild.store.store import Store

GRACE = 5
"""Seconds that requests under way have when the process ends."""


def run(store: Store, sessions_of: SessionsOf, told: Callable[[StoreError], None], *, host: str, port: int) -> None:
    """Answer requests until the process is ended.

    Args:
        store: where portals are published.
        sessions_of: tells whose sessions hold.
        told: is told, once each time, why nobody gets anything; see `prmbuild.gateway.live.Watch`.
        host: address to listen at.
        port: likewise; 0 picks one.

    Raises:
        PrmError: the address cannot be had.
    """
    watch = Watch(store, sessions_of, told)
    config = uvicorn.Config(
        application(Gateway(store, watch)),
        host=host,
        port=port,
        http="h11",
        ws="none",
        lifespan="off",
        # who asks for what is nobody's business
        access_log=False,
        log_config=None,
        log_level="critical",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE,
    )
    try:
        listener = config.bind_socket()
    except SystemExit:
        raise PrmError(f"{host}:{port} cannot be listened at", hint="name another --port or --host") from None
    with listener, watch.kept_up():
        listener.listen()
        print(f"http://{host}:{listener.getsockname()[1]}", flush=True)
        sys.stderr.write(f"prmbuild: answering for {store.url}; stop with Ctrl-C\n")
        try:
            uvicorn.Server(config).run(sockets=[listener])
        except KeyboardInterrupt:
            sys.stderr.write("\n")
