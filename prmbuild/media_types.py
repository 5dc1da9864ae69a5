"""Media types of the files of a portal, by suffix; the machine's own tables differ and are not asked."""

from functools import cache

UNKNOWN = "application/octet-stream"

MEDIA_TYPES = {
    ".avif": "image/avif",
    ".css": "text/css; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".gif": "image/gif",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/vnd.microsoft.icon",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
    ".odp": "application/vnd.oasis.opendocument.presentation",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".otf": "font/otf",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".txt": "text/plain; charset=utf-8",
    ".vtt": "text/vtt; charset=utf-8",
    ".wasm": "application/wasm",
    ".webm": "video/webm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xml": "application/xml",
    ".zip": "application/zip",
}

_COMPRESSIBLE = {
    "application/json",
    "application/manifest+json",
    "application/wasm",
    "application/xml",
    "font/otf",
    "font/ttf",
    "image/svg+xml",
    "image/vnd.microsoft.icon",
}
"""Types whose bytes are not compressed by themselves, beside those of text."""


def compressible(path: str) -> bool:
    """Tell whether the bytes at a path are of a kind that compression makes smaller."""
    return compressible_type(media_type(path))


@cache
def compressible_type(media_type: str) -> bool:
    """Tell whether bytes of a media type are made smaller by compression."""
    kind = media_type.partition(";")[0]
    return kind.startswith("text/") or kind in _COMPRESSIBLE


def media_type(path: str) -> str:
    """Return the media type of the file at a path; browsers only download what is `UNKNOWN`."""
    stem, dot, suffix = path.rpartition("/")[2].rpartition(".")
    return MEDIA_TYPES.get(f"{dot}{suffix.lower()}", UNKNOWN) if stem else UNKNOWN
