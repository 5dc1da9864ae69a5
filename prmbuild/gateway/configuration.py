"""Configurations of web servers that send the files of a directory store as the gateway says."""

import ipaddress
import re
from enum import Enum
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from prmbuild.errors import StoreError
from prmbuild.media_types import MEDIA_TYPES, UNKNOWN, compressible
from prmbuild.security_headers import HTTPS_ONLY, PERMISSIONS, PORTAL, PROTECTION

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")  # Source: RFC 1123, section 2.1

_SYNTAX = re.compile(r"[\x00-\x1f\x7f\"\\$`{}]")
"""What a quoted text of nginx or Caddy takes for something else than itself."""


def is_host(name: str) -> bool:
    """Tell whether a text is the name of a host; all others could say anything in a configuration."""
    return _HOST.fullmatch(name) is not None


def is_address(name: str) -> bool:
    """Tell whether a text is an IP address, without brackets."""
    try:
        return bool(ipaddress.ip_address(name)) and "%" not in name
    except ValueError:
        return False


class Server(Enum):
    """A web server, and its template."""

    NGINX = "nginx.conf"
    CADDY = "Caddyfile"


def configuration(server: Server, *, folder: Path, host: str, gateway: str, listen: str = "") -> str:
    """Return the configuration of a web server.

    Args:
        server: which.
        folder: of the store.
        host: name of the portal's site.
        gateway: host and port where the gateway answers.
        listen: address to serve at without TLS, for tests and behind something that has it; empty for TLS.

    Raises:
        StoreError: the folder's name cannot stand in a configuration.
    """
    if _SYNTAX.search(str(folder)):
        hint = "publish to a folder without quotes, backslashes, $, braces and control characters in its path"
        raise StoreError(f"no web server can be told of {str(folder)!r}", hint=hint)
    types: dict[str, list[str]] = {}
    for suffix, media_type in MEDIA_TYPES.items():
        types.setdefault(media_type.partition(";")[0], []).append(suffix.removeprefix("."))
    packed = {MEDIA_TYPES[suffix].partition(";")[0] for suffix in MEDIA_TYPES if compressible(f"a{suffix}")}
    with_charset = {kind.partition(";")[0] for kind in MEDIA_TYPES.values() if "charset" in kind}
    headers = {**PROTECTION, "Permissions-Policy": PERMISSIONS, "X-Robots-Tag": "noindex"}
    if not listen:
        headers["Strict-Transport-Security"] = f"max-age={HTTPS_ONLY}"
    return (
        _environment()
        .get_template(server.value)
        .render(
            portals=folder / "portals",
            host=host,
            gateway=gateway,
            listen=listen,
            tls=not listen,
            types=types.items(),
            unknown=UNKNOWN,
            # nginx always does so with text/html
            charset_types=sorted(with_charset - {"text/html"}),
            gzip_types=sorted(packed - {"text/html"}),
            headers=headers.items(),
            policy=PORTAL,
        )
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("prmbuild.gateway", "servers"),
        autoescape=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
