"""What a person reads on the page of a run."""

from prmbuild import codes
from prmbuild.authored.reading import read_settings
from prmbuild.authored.schemas import schemas
from prmbuild.ci.inert import GAP
from prmbuild.ci.steps import Step, Work, layout_step, owners_step, schemas_step
from prmbuild.ci.summary import CUT, LONGEST, bounded, findings_table
from prmbuild.owners.codeowners import MARK, Host, codeowners
from prmbuild.progress import Silence
from prmbuild.source.git import opened
from tests.conftest import PRM, Repo


def test_the_worst_stands_first_and_authored_text_does_nothing() -> None:
    found = (
        codes.NOT_ON_BRANCH.at("a.md", "fine"),
        codes.BROKEN_LINK.at("z|<b>.md", "no @team or\n| [page](https://evil.example)", hint="write `x`"),
    )
    lines = findings_table(found).splitlines()
    assert lines[0] == "1 error, 1 warning."
    assert lines[4].startswith("| ❌ ")
    assert f"@{GAP}team" in lines[4] and "](" not in lines[4]
    assert lines[4].replace("\\|", "").count("|") == 4
    assert len(lines) == 6


def test_no_findings() -> None:
    assert findings_table(()) == "No findings.\n"


def test_a_summary_is_no_longer_than_the_host_takes() -> None:
    text = "| é |\n" * 300_000
    kept = bounded(text)
    assert LONGEST - 10 < len(kept.encode()) <= LONGEST
    assert kept.endswith(f"| é |{CUT}")
    assert bounded("| é |\n") == "| é |\n"


def step(repo: Repo, one: Step = schemas_step) -> tuple[bool, str]:
    with opened(repo.path) as repository:
        outcome = one(Work(repository=repository, request=repo.request(), progress=Silence(), kept=repo.path))
    return outcome.failed, outcome.said


def test_schemas_must_be_those_of_this_version(programme: Repo) -> None:
    assert step(programme) == (False, "the programme keeps none")
    programme.commit({f"schemas/{name}": text for name, text in schemas().items()})
    assert step(programme) == (False, "up to date")
    programme.commit({f"schemas/{next(iter(schemas()))}": "{}\n"})
    assert step(programme) == (True, "1 not up to date; run 'prmbuild schemas' and commit what it writes")


def test_owners_that_prmbuild_wrote_must_be_up_to_date(programme: Repo) -> None:
    assert step(programme, owners_step) == (False, "the programme keeps none")
    asks = "approval:\n  approvers:\n    - {paths: ['**'], people: [bo@vendor.example]}\n"
    programme.commit({"prm.yaml": PRM + asks, ".github/CODEOWNERS": "* @by-hand\n"})
    assert step(programme, owners_step) == (False, "up to date")
    programme.commit({".github/CODEOWNERS": f"{MARK}\n* old@vendor.example\n"})
    failed, said = step(programme, owners_step)
    assert failed and said.startswith(".github/CODEOWNERS is not up to date")
    settings, document, _ = read_settings((PRM + asks).encode())
    assert settings is not None
    programme.commit({".github/CODEOWNERS": codeowners(settings, document, Host.GITHUB)[0]})
    assert step(programme, owners_step) == (False, "up to date")


def test_files_must_be_in_their_layout(programme: Repo) -> None:
    assert step(programme, layout_step) == (False, "as prmbuild format has it")
    programme.commit({"content/odd.md": "---\ntitle:   Odd   \nstatus: approved\n---\n\nText.\n"})
    failed, said = step(programme, layout_step)
    assert failed and said.startswith("1 files are laid out otherwise; run 'prmbuild format'")
