"""Every case is found to be exactly as wrong as it says."""

import pytest

from prmbuild import codes
from prmbuild.check.formats import as_text
from prmbuild.codes import migrating
from prmbuild.diagnostics import Code, Severity
from tests.check.cases import CASES, EXPECTED, base, names, repository
from tests.conftest import MakeRepo

PROPOSALS = "prm14"
"""What is found in a change that is proposed to main."""

AUDIT = "PRM9"
"""The family that is found in built portals, not in what is authored."""

OWNERS = frozenset({codes.PATTERN_WITHOUT_EQUAL.id, codes.CODEOWNERS_TOO_LARGE.id})
"""What ``prmbuild owners`` finds: where nobody wants a CODEOWNERS, nothing is wrong."""

MIGRATING = frozenset(code.id for code in vars(migrating).values() if isinstance(code, Code))
"""What ``prmbuild migrate`` finds in folders made for other tools; `tests.migrate` has an example of each."""


@pytest.mark.parametrize("name", names("reject"))
def test_reject(name: str, make_repo: MakeRepo, request: pytest.FixtureRequest) -> None:
    repo = repository("reject", name, make_repo)
    found = repo.check(base="main" if repo.has("proposal") and name.startswith(PROPOSALS) else None)
    expected = CASES / "reject" / name / EXPECTED
    if request.config.getoption("--update-golden", default=False):
        expected.parent.mkdir(exist_ok=True)
        expected.write_text(as_text(found), encoding="utf-8")
    assert as_text(found) == expected.read_text(encoding="utf-8")
    assert name.split("-")[0].upper() in {diagnostic.code for diagnostic in found}


@pytest.mark.parametrize("name", names("accept"))
def test_accept(name: str, make_repo: MakeRepo) -> None:
    found = repository("accept", name, make_repo).check()
    assert [str(diagnostic) for diagnostic in found if diagnostic.severity is not Severity.INFO] == []


def test_base_is_clean(make_repo: MakeRepo) -> None:
    assert make_repo(base()).check() == ()


def test_every_code_has_a_case() -> None:
    shown = "".join(file.read_text(encoding="utf-8") for file in (CASES / "reject").glob(f"*/{EXPECTED}"))
    missing = (
        {code for code in codes.ALL if f": {code} " not in shown and not code.startswith(AUDIT)} - OWNERS - MIGRATING
    )
    assert not missing
