"""Names of files: which can be published, and how to write down those that cannot."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

LONGEST = 700
"""The most bytes a path may have: an S3 key has 1,024, of which the portal, the release and the partner's name take up
to 300.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
"""

LONGEST_PART = 240
"""The most bytes a file or folder may have in its name: file systems take 255, and while a file is written its name has
a few more.

Source: https://man7.org/linux/man-pages/man7/path_resolution.7.html, NAME_MAX
"""

GIT_OWN = frozenset({".gitkeep", ".gitignore", ".gitattributes"})
"""Files that git needs in folders; they are never published."""

_DEVICES = re.compile(r"(?:CON|PRN|AUX|NUL|COM[0-9¹²³]|LPT[0-9¹²³]|CONIN\$|CONOUT\$)(?:\.|\Z)", re.IGNORECASE)
"""Names that Windows keeps for devices, with any suffix.

Source: https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file
"""

_FORBIDDEN = re.compile(r'[<>:"|?*]')

_SYNTAX = re.compile(r"[{}]")
"""What no request may have, beside the above; see `prmbuild.access.paths`."""


def presentable(path: str) -> bool:
    """Tell whether a path is text: git keeps names as bytes, and those that are not UTF-8 cannot be shown."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def speakable(path: str) -> str:
    """Return a path as it may stand in a finding: bytes that are not UTF-8 and control characters written out."""
    if path.isprintable():  # nearly always, and nothing below would change it
        return path
    return "".join(character if _visible(character) else _escaped(character) for character in path)


def complaints(path: str) -> Iterator[str]:
    """Yield what keeps a file from being published under its name; nothing where it is safe."""
    if not presentable(path):
        yield "the name is not UTF-8"
        return
    if len(path.encode()) > LONGEST:
        yield f"the path has more than {LONGEST} bytes"
    for part in path.split("/"):
        if len(part.encode()) > LONGEST_PART:
            yield f"the name of a file or folder has more than {LONGEST_PART} bytes"
        yield from _complaints(part)


@lru_cache(maxsize=65536)
def _complaints(part: str) -> tuple[str, ...]:
    return tuple(_about_part(part))


def _about_part(part: str) -> Iterator[str]:
    hidden = [character for character in part if not _visible(character)]
    if "\\" in part:
        yield "the name has a backslash"
    elif hidden:
        yield f"the name has the invisible character U+{ord(hidden[0]):04X}"
    elif found := _FORBIDDEN.search(part):
        yield f"the name has the character {found[0]}, which Windows does not allow"
    elif found := _SYNTAX.search(part):
        yield f"the name has the character {found[0]}, which web servers put values in place of"
    elif part != part.strip():
        yield "the name starts or ends with a space"
    elif part.endswith("."):
        yield "the name ends with a dot, which Windows drops"
    elif part.startswith(".") and part not in GIT_OWN:
        yield "the name starts with a dot, which hides files"
    elif _DEVICES.match(part):
        yield f"Windows keeps the name {part.partition('.')[0]} for a device"


def folded(path: str) -> str:
    """Return what paths have in common that some file systems take for one: case and Unicode form left out."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def _visible(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cf", "Zl", "Zp", "Cs")


def _escaped(character: str) -> str:
    number = ord(character)
    if 0xDC80 <= number <= 0xDCFF:  # a byte that is not UTF-8, as Python writes it
        number -= 0xDC00
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
