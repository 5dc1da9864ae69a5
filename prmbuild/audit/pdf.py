"""Texts inside PDF documents."""

import io
import logging
import re
import zlib
from collections.abc import Iterator, Sequence

from msgspec import Struct
from pypdf import PdfReader
from pypdf.generic import DictionaryObject, IndirectObject, PdfObject, StreamObject

from prmbuild.audit.repeats import squeezed

_STREAM = re.compile(rb"stream\r?\n")
_LARGEST = 1 << 26


class Found(Struct, frozen=True, kw_only=True):
    """Something inside a document: a text, or a file attached to it (``data``). ``read`` as in `Part`."""

    name: str
    text: str = ""
    data: bytes = b""
    read: bool = False
    problem: str = ""


def contents(data: bytes) -> Iterator[Found]:
    """Yield what a document shows, and whatever else lies in it."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        yield from _contents(data)
    except Exception as error:  # whatever pypdf raises on a damaged document, it says that it cannot be read
        yield Found(name="PDF", problem=str(error) or type(error).__name__)
    yield from _streams(data)


def _contents(data: bytes) -> Iterator[Found]:
    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):
        yield Found(name="PDF", problem="encrypted")
        return
    for number, page in enumerate(reader.pages, 1):
        yield Found(name=f"page {number}", text=page.extract_text(), read=True)
        drawn = page.get_contents()
        if drawn is not None:
            yield Found(name=f"page {number}", text=squeezed(drawn.get_data()).decode("latin-1"), read=True)
    yield Found(name="outline", text="\n".join(_titles(reader.outline)), read=True)
    yield Found(name="document information", text="\n".join(str(value) for value in (reader.metadata or {}).values()))
    for name, files in reader.attachments.items():
        yield Found(name="attachment name", text=name)
        yield from (Found(name=f"attachment {name}", data=file) for file in files)
    yield from _objects(reader)


def _titles(outline: Sequence[object]) -> Iterator[str]:
    for entry in outline:
        if isinstance(entry, list):
            yield from _titles(entry)
        else:
            yield str(getattr(entry, "title", ""))


def _objects(reader: PdfReader) -> Iterator[Found]:
    """Yield the strings and streams of every object: annotations, forms, XMP, names of layers and the rest."""
    strings: list[str] = []
    for generation in reader.xref.values():
        for number in generation:
            strings += _strings_of(reader.get_object(IndirectObject(number, 0, reader)))
    for number in reader.xref_objStm:
        strings += _strings_of(reader.get_object(IndirectObject(number, 0, reader)))
    yield Found(name="objects", text="\n".join(strings))
    root = reader.trailer.get("/Root")
    catalog = root.get_object() if root is not None else None
    metadata = catalog.get("/Metadata") if isinstance(catalog, DictionaryObject) else None
    stream = metadata.get_object() if metadata is not None else None
    if isinstance(stream, StreamObject):
        yield Found(name="XMP", text=stream.get_data().decode("utf-8", "replace"))


def _strings_of(value: PdfObject | None) -> Iterator[str]:
    if isinstance(value, str):
        yield str(value)
    elif isinstance(value, DictionaryObject):
        for key, inner in value.items():
            yield str(key)
            yield from _strings_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings_of(inner)


def _streams(data: bytes) -> Iterator[Found]:
    """Yield what compressed streams hold, even those that nothing in the document leads to."""
    for mark in _STREAM.finditer(data):
        start = mark.end()
        if data[start : start + 1] and data[start] & 0x0F == 8:
            try:
                text = zlib.decompressobj().decompress(memoryview(data)[start:], _LARGEST)
            except zlib.error:
                continue
            yield Found(name="stream", text=squeezed(text).decode("latin-1"))
