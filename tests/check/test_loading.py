"""An edit of a text loads nothing that reads YAML."""

import subprocess
import sys
from pathlib import Path

from tests.check.cases import base
from tests.conftest import MakeRepo, page

EDIT = """\
import sys
from pathlib import Path
from prmbuild.cache import DirectoryCache
from prmbuild.check.check import findings
from prmbuild.desired import desired, read_authored
from prmbuild.progress import Silence
from prmbuild.request import Request
from prmbuild.source.git import opened
from datetime import datetime

cache = DirectoryCache(Path(sys.argv[2]))
request = Request(revision="HEAD", now=datetime.fromisoformat(sys.argv[3]), cache=cache)
with opened(Path(sys.argv[1])) as repository:
    authored = read_authored(repository, request)
    with desired(authored, request, Silence()) as state:
        findings(authored, state, cache)
print("pydantic" in sys.modules)
"""


def test_what_checks_yaml_is_loaded_only_where_yaml_changed(make_repo: MakeRepo, tmp_path: Path) -> None:
    sound = make_repo(base())

    def loaded() -> str:
        arguments = [
            sys.executable,
            "-c",
            EDIT,
            str(sound.path),
            str(tmp_path / "cache"),
            sound.request().now.isoformat(),
        ]
        return subprocess.run(arguments, capture_output=True, text=True, check=True).stdout.strip()

    sound.commit({"content/one.md": page("One", "# One\n")})
    assert loaded() == "True"
    sound.commit({"content/one.md": page("One", "# One\n\nMore words.")})
    assert loaded() == "False"
    sound.commit({"content/one.md": page("Another", "# One\n\nMore words.")})
    assert loaded() == "True"
