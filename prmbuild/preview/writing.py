"""Writing a preview: a page as one file, or the portal that it stands in as a folder."""

from pathlib import Path

from prmbuild.build import Built
from prmbuild.errors import StoreError
from prmbuild.laid import PORTALS
from prmbuild.output import write
from prmbuild.preview.asked import Asked
from prmbuild.progress import Progress
from prmbuild.records.receipts import URL
from prmbuild.render.links import internal_path
from prmbuild.render.standalone import standalone

LARGEST = 2_000_000
"""Bytes of a picture that is put inside a page; a larger one is named instead."""


def write_folder(built: Built, asked: Asked, out: Path, progress: Progress) -> Path:
    """Write the one portal of a build below a folder, as ``prmbuild build`` does, and return what was asked for.

    Raises:
        StoreError: it cannot be written.
    """
    write(built, out, progress)
    return out / PORTALS / built.portals[0].id / asked.file


def write_single(built: Built, asked: Asked, out: Path, portal_url: str) -> Path:
    """Write what was asked for as one file: a page with all that it needs inside, an asset as it is.

    Links on a page lead to the live portal.

    Raises:
        StoreError: it cannot be written.
    """
    (tree,) = built.trees
    data = built.blobs[tree.files[asked.file]]
    if asked.file.endswith("/index.html") or asked.file == "index.html":
        url = asked.file.removesuffix("index.html")

        def file_of(path: str) -> bytes | None:
            digest = tree.files.get(path)
            return built.blobs[digest] if digest is not None else None

        def link_of(written: str) -> str | None:
            inside = internal_path(written, url, portal_url)
            if inside is None:
                return written
            path, fragment = inside
            if path == URL:  # what is previewed was not published
                return None
            return f"{portal_url}{path}{f'#{fragment}' if fragment else ''}"

        page = data.decode("utf-8", "replace")
        data = standalone(page, url, portal_url, file_of, link_of, largest=LARGEST).encode("utf-8", "surrogatepass")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(data)
    except OSError as error:
        raise StoreError(f"{out} cannot be written: {error.strerror}", hint="name another --out") from error
    return out
