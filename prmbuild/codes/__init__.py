"""Every kind of finding, by family; a code once published keeps its number and meaning for ever.

Use it as ``from prmbuild import codes`` and ``codes.UNKNOWN_SEGMENT.at(path, message, line=…, column=…)``.
"""

from collections.abc import Mapping
from types import MappingProxyType, ModuleType

from prmbuild.codes import (
    approval,
    audit,
    blocks,
    courses,
    files,
    front_matter,
    lifecycle,
    links,
    look,
    migrating,
    names,
    rules,
)
from prmbuild.codes.approval import *  # noqa: F403
from prmbuild.codes.audit import *  # noqa: F403
from prmbuild.codes.blocks import *  # noqa: F403
from prmbuild.codes.courses import *  # noqa: F403
from prmbuild.codes.files import *  # noqa: F403
from prmbuild.codes.front_matter import *  # noqa: F403
from prmbuild.codes.lifecycle import *  # noqa: F403
from prmbuild.codes.links import *  # noqa: F403
from prmbuild.codes.look import *  # noqa: F403
from prmbuild.codes.migrating import *  # noqa: F403
from prmbuild.codes.names import *  # noqa: F403
from prmbuild.codes.rules import *  # noqa: F403
from prmbuild.diagnostics import Code

FAMILIES: tuple[ModuleType, ...] = (
    files,
    approval,
    lifecycle,
    names,
    front_matter,
    links,
    courses,
    blocks,
    look,
    rules,
    audit,
    migrating,
)


def _registry() -> dict[str, Code]:
    registry: dict[str, Code] = {}
    for family in FAMILIES:
        for code in vars(family).values():
            if not isinstance(code, Code):
                continue
            if code.id in registry:
                raise ValueError(f"{code.id} is given to two kinds of finding")
            registry[code.id] = code
    return dict(sorted(registry.items()))


ALL: Mapping[str, Code] = MappingProxyType(_registry())
