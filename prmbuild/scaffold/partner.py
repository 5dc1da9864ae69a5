"""A new partner, put into ``partners.yaml`` without touching anything else in it."""

import re
from collections.abc import Mapping

import yaml
from msgspec import Struct

from prmbuild.authored.reading import PARTNERS
from prmbuild.authored.scalars import write_scalar
from prmbuild.authored.yaml import read_yaml


class NewPartner(Struct, frozen=True, kw_only=True):
    """What is known of a new partner.

    Attributes:
        attributes: dimension → value, beside those of its segment.
    """

    id: str
    name: str
    segment: str
    attributes: Mapping[str, str]
    domains: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()

    def entry(self) -> dict[str, object]:
        """Return what its entry in ``partners.yaml`` says."""
        lists = {"domains": list(self.domains), "languages": list(self.languages)}
        return {
            "id": self.id,
            "name": self.name,
            "segment": self.segment,
            **self.attributes,
            **{key: values for key, values in lists.items() if values},
        }


def with_partner(data: bytes, partner: NewPartner) -> bytes | None:
    """Return ``partners.yaml`` with one more partner at the end of the list.

    Args:
        data: the file; it must be one that can be read.
        partner: the partner.

    Returns:
        The file, of which every line that was there still is; None where the list is written in a way that nothing
        can be put into.
    """
    before = read_yaml(PARTNERS, data)
    text = data.decode("utf-8-sig")
    newline = "\r\n" if "\r\n" in text else "\n"
    made = _inserted(text.replace("\r\n", "\n"), partner)
    if made is None or not isinstance(before.value, dict):
        return None
    start = data[: len(data) - len(text.encode())]
    result = start + made.replace("\n", newline).encode()
    after = read_yaml(PARTNERS, result)
    wanted = {**before.value, "partners": [*(before.value.get("partners") or []), partner.entry()]}
    return result if after.complete and after.value == wanted else None


def block_entry(partner: NewPartner, indent: str = "  ") -> str:
    """Return the partner as an entry of a list, one line for each key."""
    lines = [f"{key}: {_value(value)}" for key, value in partner.entry().items()]
    return "".join(f"{indent}{'  ' if number else '- '}{line}\n" for number, line in enumerate(lines))


def _flow_entry(partner: NewPartner) -> str:
    return "{" + ", ".join(f"{key}: {_value(value, flow=True)}" for key, value in partner.entry().items()) + "}"


def _value(value: object, *, flow: bool = False) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_value(item, flow=True) for item in value)}]"
    written = write_scalar(str(value))
    plain = written == value
    return '"' + written + '"' if flow and plain and re.search(r"[\[\]{},]", written) else written


def _inserted(text: str, partner: NewPartner) -> str | None:
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode):
        return None
    node = next((value for key, value in root.value if key.value == "partners"), None)
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    if isinstance(node, yaml.SequenceNode) and not node.flow_style:
        last = node.value[-1]
        flow = isinstance(last, yaml.MappingNode) and last.flow_style
        indent = " " * node.start_mark.column
        entry = f"{indent}- {_flow_entry(partner)}\n" if flow else block_entry(partner, indent)
        return "".join((*lines[: _last_line(last) + 1], entry, *lines[_last_line(last) + 1 :]))
    if isinstance(node, yaml.SequenceNode):
        index = node.end_mark.index - 1
        if node.value:
            gap = "" if text[:index].rstrip().endswith(",") else ","
            return f"{text[:index].rstrip()}{gap} {_flow_entry(partner)}{text[index:]}"
        line = node.start_mark.line
        lines[line] = re.sub(r"[ \t]*\[\s*\]", "", lines[line], count=1)
        return "".join((*lines[: line + 1], block_entry(partner), *lines[line + 1 :]))
    return None


def _last_line(node: yaml.Node) -> int:
    """Return the last line, counted from 0, on which anything of a node is written."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style:
        return max(_last_line(value) for _, value in node.value)
    if isinstance(node, yaml.SequenceNode) and not node.flow_style:
        return max(_last_line(item) for item in node.value)
    mark = node.end_mark
    return mark.line - 1 if mark.column == 0 and mark.line > node.start_mark.line else mark.line
