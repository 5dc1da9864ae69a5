"""What a pull request's own run leaves for the comment: made there, and read where it must be taken for hostile."""

import re
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from msgspec import Struct

NAME = "exposure-report"
"""The artifact's name."""

MARKDOWN, NUMBER = "report.md", "pull-request"
"""Its files: the report, and the pull request's number in decimal digits. Others are for people and are not read."""

ZIPPED, UNZIPPED = 8 * 1024 * 1024, 1024 * 1024
"""Bytes of the largest artifact that is downloaded, and of the largest file in it that is read."""

_MEMBERS = 100
_DIGITS = re.compile(rb"[1-9][0-9]{0,9}\n?")


class UnreadableError(Exception):
    """The artifact is not what our own steps leave."""


class Report(Struct, frozen=True, kw_only=True):
    """A report as a pull request's run left it; anything may stand in it.

    Attributes:
        request: number of the pull request that it says it is about.
        markdown: the report.
    """

    request: int
    markdown: str


def read_report(zipped: bytes) -> Report:
    """Read an artifact in memory; nothing in it is unpacked, and its names are only compared.

    Raises:
        UnreadableError: it is not what our own steps leave.
    """
    try:
        with ZipFile(BytesIO(zipped)) as archive:
            if len(archive.infolist()) > _MEMBERS:
                raise UnreadableError(f"it holds more than {_MEMBERS} files")
            number, markdown = _member(archive, NUMBER), _member(archive, MARKDOWN)
    except (BadZipFile, NotImplementedError, OSError, EOFError, RuntimeError, ValueError) as error:
        raise UnreadableError("it is no archive that can be read") from error
    if not _DIGITS.fullmatch(number):
        raise UnreadableError(f"'{NUMBER}' holds no number")
    try:
        return Report(request=int(number), markdown=markdown.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise UnreadableError(f"'{MARKDOWN}' is no text") from error


def _member(archive: ZipFile, name: str) -> bytes:
    found = [info for info in archive.infolist() if info.filename == name]
    if len(found) != 1:
        raise UnreadableError(f"it holds no '{name}'" if not found else f"it holds '{name}' {len(found)} times")
    with archive.open(found[0]) as member:
        data = member.read(UNZIPPED + 1)
    if len(data) > UNZIPPED:
        raise UnreadableError(f"'{name}' is larger than {UNZIPPED} bytes")
    return data
