"""Questions to a person, for what no option has answered."""

import re
from collections.abc import Callable, Sequence
from typing import TypeVar
from urllib.parse import urlsplit

import click

from prmbuild.authored.text import slug
from prmbuild.scaffold.answers import NewPartner, Tier, partner_of, sample_partners, tiers_of

_Answer = TypeVar("_Answer")

_EMAIL = re.compile(r"[^@\s,;<>]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+\Z")


class Questions:
    """Asks for what is not known yet.

    Args:
        silent: ask nothing, and take what is usual.
    """

    def __init__(self, *, silent: bool) -> None:
        self._silent = silent

    def ask(self, question: str, given: str | None, usual: str, read: Callable[[str], _Answer]) -> _Answer:
        """Return an answer.

        Args:
            question: what to ask.
            given: the answer of an option; None where there is none.
            usual: what is taken where nothing is said.
            read: understands an answer, or raises ValueError with what is wrong with it.

        Raises:
            click.UsageError: an option's answer cannot be understood.
        """
        if given is not None or self._silent:
            try:
                return read(usual if given is None else given)
            except ValueError as error:
                raise click.UsageError(str(error)) from error
        while True:
            try:
                return read(str(click.prompt(question, default=usual, show_default=bool(usual), err=True)))
            except ValueError as error:
                click.echo(f"  {error}", err=True)


def text(answer: str) -> str:
    """Read some words on one line."""
    if not answer.strip() or not answer.strip().isprintable():
        raise ValueError("say it in a few words on one line")
    return answer.strip()


def url(answer: str) -> str:
    """Read the address of a portal."""
    parts = urlsplit(answer.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"'{answer}' is no address such as https://partners.example.com/")
    return answer.strip().rstrip("/") + "/"


def emails(answer: str) -> tuple[str, ...]:
    """Read e-mail addresses."""
    found = tuple(dict.fromkeys(_parts(answer)))
    for address in found:
        if not _EMAIL.match(address):
            raise ValueError(f"'{address}' is no e-mail address")
    if not found:
        raise ValueError("name at least one e-mail address")
    return found


def slugs(answer: str) -> tuple[str, ...]:
    """Read names, and return their ids."""
    found = tuple(dict.fromkeys(_id(part) for part in _parts(answer)))
    if not found:
        raise ValueError("name at least one")
    return found


def tiers(answer: str) -> tuple[Tier, ...]:
    """Read the names of tiers."""
    slugs(answer)
    return tiers_of(_parts(answer))


def partners(answer: str, tiers: Sequence[Tier]) -> tuple[NewPartner, ...]:
    """Read partners as ``NAME`` or ``NAME=TIER``; nothing gives some that do not exist."""
    found = []
    for part in _parts(answer):
        _id(part.partition("=")[0])
        partner = partner_of(part, tiers)
        if partner is None:
            names = ", ".join(tier.id for tier in tiers)
            raise ValueError(f"'{part}' names no tier; the tiers are {names}")
        found.append(partner)
    return tuple(found) or sample_partners(tiers)


def one_of(*known: str) -> Callable[[str], str]:
    """Return what reads one of some words."""

    def read(answer: str) -> str:
        if answer.strip().lower() not in known:
            raise ValueError(f"answer one of {', '.join(known)}")
        return answer.strip().lower()

    return read


def _id(name: str) -> str:
    if not slug(name):
        raise ValueError(f"'{name}' needs letters a to z or digits, since addresses are made of it")
    return slug(name)


def _parts(answer: str) -> list[str]:
    return [part.strip() for part in answer.split(",") if part.strip()]
