"""``prmbuild gateway``."""

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from prmbuild.cli.options import repository_option
from prmbuild.cli.stores import store_of, to_option

if TYPE_CHECKING:
    from prmbuild.errors import PrmError


class _Address(click.ParamType[str]):
    """An IP address, or the name of a host."""

    name = "address"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return it, or fail as a usage error."""
        from prmbuild.gateway.configuration import is_address, is_host

        text = str(value)
        if not is_host(text) and not is_address(text):
            self.fail(f"'{text}' is no address of this machine, such as 127.0.0.1", param, ctx)
        return text


@click.command("gateway")
@repository_option
@to_option
@click.option(
    "--host",
    type=_Address(),
    default="127.0.0.1",
    show_default=True,
    metavar="ADDRESS",
    help="Address to listen at; only a web server asks.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=8010, show_default=True, help="Port; 0 picks one.")
@click.option(
    "--configure", type=click.Choice(["nginx", "caddy"]), help="Print the configuration of a web server, and end."
)
@click.option("--name", default="", help="With --configure: the site's host name. Default: that of portal_url.")
def gateway_command(repo: Path, to: str | None, host: str, port: int, configure: str | None, name: str) -> None:
    """Answer for published portals: which file a request gets, and receipts.

    A web server such as nginx or Caddy asks for every request, and sends the file that is named, or nothing.
    """
    if configure is not None:
        click.echo(
            _configured(repo, to, configure, name, f"[{host}]:{port}" if ":" in host else f"{host}:{port}"), nl=False
        )
        return
    from prmbuild.gateway.server import run
    from prmbuild.sessions.following import Following

    def told(error: "PrmError") -> None:
        click.echo(f"prmbuild: {error.message}\n  {error.hint}", err=True)

    store = store_of(repo, to)
    run(store, Following(store, told).entries, told, host=host, port=port)


def _configured(repo: Path, to: str | None, configure: str, name: str, gateway: str) -> str:
    from prmbuild.errors import StoreError
    from prmbuild.gateway.configuration import Server, configuration, is_host
    from prmbuild.publish.opening import DIRECTORY

    if name and not is_host(name):
        raise click.BadParameter(f"'{name}' is no host's name, such as partners.example.com", param_hint="--name")
    place = store_of(repo, to).url
    if not place.startswith(DIRECTORY):
        raise StoreError(f"{place} is no directory, and a web server sends files", hint="add --to dir:PATH")
    folder = Path(place.removeprefix(DIRECTORY)).resolve()
    site = name or _host(repo)
    if not is_host(site):
        raise StoreError(f"portal_url of prm.yaml has no host's name: '{site}'", hint="write it right, or add --name")
    return configuration(Server[configure.upper()], folder=folder, host=site, gateway=gateway)


def _host(repo: Path) -> str:
    from prmbuild.authored.reading import PRM, read_settings
    from prmbuild.source.git import opened

    with opened(repo, history=False) as repository:
        tree = repository.tree(repository.resolve("HEAD"), (PRM,))
        settings = read_settings(repository.read(tree[PRM].blob))[0] if PRM in tree else None
    host = urlsplit(settings.portal_url).hostname if settings is not None else None
    if host is None:
        raise click.UsageError("prm.yaml says no portal_url; add --name")
    return host
