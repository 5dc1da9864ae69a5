"""``prmbuild gateway``."""

from pathlib import Path

import click

from prmbuild.cli.options import repository_option
from prmbuild.cli.stores import store_of, to_option


@click.command("gateway")
@repository_option
@to_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at; only a web server asks.")
@click.option("--port", type=click.IntRange(0, 65535), default=8010, show_default=True, help="Port; 0 picks one.")
@click.option(
    "--configure", type=click.Choice(["nginx", "caddy"]), help="Print the configuration of a web server, and end."
)
@click.option("--name", default="", help="With --configure: the site's host name. Default: that of portal_url.")
def gateway_command(repo: Path, to: str | None, host: str, port: int, configure: str | None, name: str) -> None:
    """Answer for published portals: which file a request gets, and receipts.

    A web server such as nginx or Caddy asks for every request, and sends the file that is named, or nothing.
    """
    store = store_of(repo, to)
    if configure is not None:
        click.echo(_configured(store, repo, configure, name, f"{host}:{port}"), nl=False)
        return
    from prmbuild.gateway.server import run
    from prmbuild.sessions.state import read_sessions

    run(store, lambda: read_sessions(store).entries(), host=host, port=port)
