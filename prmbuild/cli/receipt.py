"""``prmbuild receipt``."""

import sys
from codecs import BOM_UTF8
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from prmbuild.cli.options import FINDINGS, repository_option
from prmbuild.cli.stores import store_of, to_option

if TYPE_CHECKING:
    from prmbuild.records.history import Maybe, Span
    from prmbuild.records.receipts import Receipt
    from prmbuild.records.whereabouts import Search

_LARGEST = 64 * 1024 * 1024
"""Bytes of a file that is looked at: saved pages and receipts are far smaller."""

_BESIDE = 200
"""Files beside a receipt that are looked at for the page it is about."""

_PROVES = (
    "It proves that a page of exactly these bytes was at {} of a portal in that deployment,\n"
    "and says nothing of what else was in it. It does not prove that anybody read the page."
)

_OPEN = (
    "That the deployment is one of the vendor's is not in the file: compare its id with one that you know\n"
    "(--deployment ID), or look it up where it was published (--to PLACE)."
)


@click.command("receipt")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--page",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The saved page that the receipt must be about. Default: one that stands beside it.",
)
@click.option("--deployment", metavar="ID", help="The deployment that the receipt must be about.")
@repository_option
@to_option
def receipt_command(file: Path, page: Path | None, deployment: str | None, repo: Path, to: str | None) -> None:
    """Check that a page was published, from its receipt; or look a saved page up.

    FILE is a receipt, which the foot of every page links to, and is checked without a network. Or FILE is a saved page:
    then it is looked up in all that partners ever saw.
    """
    data = _read(file)
    if _is_receipt(file, data, to):
        _check(file, data, page, deployment, repo, to)
        return
    if page is not None or deployment is not None:
        raise click.UsageError(f"{_shown(file)} is no receipt; --page and --deployment are about one")
    _look_up(file, data, repo, to)


def _is_receipt(file: Path, data: bytes, to: str | None) -> bool:
    """Tell whether a file is meant as a receipt, be it broken; a JSON file that partners had is looked up with --to."""
    text = data.removeprefix(BOM_UTF8).lstrip()
    named = file.name.endswith(".receipt.json") or (file.suffix == ".json" and to is None)
    return named or not text or text.startswith(b"{")


def _check(file: Path, data: bytes, page: Path | None, deployment: str | None, repo: Path, to: str | None) -> None:
    from prmbuild.records.receipts import ReceiptError, Unpublished, read_receipt

    try:
        receipt = read_receipt(data)
    except ReceiptError as error:
        _refuse(f"{_shown(file)}: {error.message}", error.hint)
    if isinstance(receipt, Unpublished):
        _refuse(f"{_shown(file)}: '{receipt.path}' was not published: a server of a developer showed it")
    if deployment is not None and deployment != receipt.deployment:
        _refuse(f"{_shown(file)}: it is about deployment {receipt.deployment}, not '{deployment}'")
    if page is not None and sha256(_read(page)).hexdigest() != receipt.digest:
        _refuse(f"{_shown(page)} is not what was published at {_url(receipt.path)}: its bytes are others", _ALTERED)
    spans = _spans(file, receipt, repo, to) if to is not None else None
    beside = page if page is not None else next(_beside(file, receipt.digest), None)
    click.echo(f"{_shown(file)}: the receipt holds.")
    click.echo(f"  page        {_url(receipt.path)}")
    click.echo(f"  SHA-256     {receipt.digest}")
    click.echo(f"  release     {receipt.release}")
    click.echo(f"  deployment  {receipt.deployment}")
    click.echo(f"  recorded    {receipt.at}")
    click.echo(f"  after       {receipt.previous or 'nothing: it was the first'}")
    for span in spans or ():
        click.echo(f"  live        {_told(span)}")
    saved = f"{_shown(beside)} is that page, byte for byte." if beside else "No file beside it has these bytes."
    click.echo(f"{saved}\n\n{_PROVES.format(_url(receipt.path))}")
    if spans is None and deployment is None:
        click.echo(_OPEN)


def _spans(file: Path, receipt: "Receipt", repo: Path, to: str | None) -> "list[Span]":
    """Return when partners saw a receipt's deployment."""
    from prmbuild.errors import StoreError
    from prmbuild.records.whereabouts import past_of

    store = store_of(repo, to)
    past = past_of(store)
    name = receipt.deployment
    spans = [span for span in past.spans if span.turn.deployment == name]
    if spans:
        return spans
    maybe = [one for one in past.maybe if one.deployment == name]
    if not maybe and past.complete:
        _refuse(f"{_shown(file)}: deployment {name} never was live in {store.url}")
    when = ", ".join(map(_told, maybe))
    may = f"it may have been {when}" if maybe else "no turn on record tells of it, and some are lost"
    raise StoreError(
        f"{_shown(file)}: the receipt holds, but whether deployment {name} ever was live in {store.url} is not known: "
        f"{may}",
        hint="put back from a backup what prmbuild verify names" if not past.complete else "",
    )


def _look_up(file: Path, data: bytes, repo: Path, to: str | None) -> None:
    from prmbuild.check.names import speakable
    from prmbuild.errors import SourceError, StoreError
    from prmbuild.records.whereabouts import whereabouts

    try:
        store = store_of(repo, to)
    except SourceError as error:
        what = f"{_shown(file)} is no receipt, and nobody says where to look a saved page up ({error.message})"
        raise StoreError(what, hint="add --to PLACE, or stand in the programme's repository") from error
    digest = sha256(data).hexdigest()
    search = whereabouts(store, digest)
    lost = f"; of {search.lost} releases nothing is known any more" if search.lost else ""
    if search.unrecorded:
        lost += f"; the records of {search.unrecorded} deployments are lost or were changed"
    if not search.complete:
        lost += "; turns are lost or were changed, which may tell of more"
    if not any(one.spans for one in search.found):
        _not_found(file, digest, store.url, search, lost)
    click.echo(f"{_shown(file)}: SHA-256 {digest}")
    for one in search.found:
        click.echo(f"  {_url(one.path)} in portal {speakable(one.portal)}")
        for span in one.spans:
            click.echo(f"    {_told(span)}, deployment {span.turn.deployment}")
        for other in one.maybe:
            click.echo(f"    perhaps {_told(other)}, deployment {other.deployment}")
    looked = "1 deployment" if search.deployments == 1 else f"{search.deployments} deployments"
    click.echo(f"{looked} looked through{lost}", err=True)


def _not_found(file: Path, digest: str, url: str, search: "Search", lost: str) -> NoReturn:
    """Say that bytes never were published where that is proven; else that it is not known."""
    from prmbuild.check.names import speakable
    from prmbuild.errors import StoreError

    maybe = "; ".join(
        f"{_url(one.path)} in portal {speakable(one.portal)} had them in deployment {when.deployment}, "
        f"which may have been live {_told(when)}"
        for one in search.found
        for when in one.maybe
    )
    if not maybe and search.all_known:
        _refuse(f"{_shown(file)}: no portal in {url} ever had these bytes ({digest})", _ALTERED)
    what = maybe or f"none is known that had them{lost}"
    raise StoreError(
        f"{_shown(file)}: whether any portal in {url} ever had these bytes ({digest}) is not known: {what}",
        hint="" if search.all_known else f"put back from a backup what prmbuild verify names; {_ALTERED}",
    )


_ALTERED = "browsers alter a page that they save with its pictures; save it as “HTML only” or “page source”"


def _beside(file: Path, digest: str) -> Iterator[Path]:
    """Yield the files beside a receipt that have the bytes of a digest."""
    others = sorted(other for other in file.absolute().parent.iterdir() if other.is_file() and other.name != file.name)
    for other in others[:_BESIDE]:
        if other.stat().st_size <= _LARGEST and sha256(other.read_bytes()).hexdigest() == digest:
            yield other


def _read(file: Path) -> bytes:
    if file.stat().st_size > _LARGEST:
        _refuse(f"{_shown(file)} is larger than any page")
    return file.read_bytes()


def _url(path: str) -> str:
    from prmbuild.catalog.address import url_of
    from prmbuild.check.names import speakable

    return f"/{url_of(speakable(path))}"


def _shown(file: Path) -> str:
    """Return a file's name as it may be printed: who sent a receipt chose it."""
    from prmbuild.check.names import speakable

    return speakable(str(file))


def _told(span: "Span | Maybe") -> str:
    until = f"until {span.until:%Y-%m-%d %H:%M:%S} UTC" if span.until is not None else "on, until now"
    return f"from {span.since:%Y-%m-%d %H:%M:%S} UTC {until}"


def _refuse(message: str, hint: str = "") -> NoReturn:
    click.echo(f"prmbuild: {message}" + (f"\n  {hint}" if hint else ""), err=True)
    sys.exit(FINDINGS)
