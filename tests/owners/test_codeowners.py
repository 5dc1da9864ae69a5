"""CODEOWNERS asks exactly the people whom prm.yaml lets approve."""

import fnmatch
import re
from pathlib import Path

import pytest
from codeowners import CodeOwners
from hypothesis import given, settings
from hypothesis import strategies as st

from prmbuild import codes
from prmbuild.authored.document import Document
from prmbuild.authored.programme import Settings
from prmbuild.authored.reading import read_settings
from prmbuild.owners.codeowners import Host, codeowners, entitled
from prmbuild.owners.globs import Unsayable, common, read_glob
from tests.cli.test_commands import run
from tests.conftest import PRM, MakeRepo, Repo

Groups = list[tuple[list[str], list[str]]]


def prm(groups: Groups, more: str = "") -> str:
    def group(paths: list[str], people: list[str]) -> str:
        quoted = ", ".join(f'"{path}"' for path in paths)
        named = ", ".join(f"{person}@v.example" for person in people)
        return f"    - paths: [{quoted}]\n      people: [{named}]\n"

    return f"{PRM}approval:\n  approvers:\n{''.join(group(*one) for one in groups)}{more}"


def read(text: str) -> tuple[Settings, Document]:
    found, document, findings = read_settings(text.encode())
    assert found is not None, findings
    return found, document


def github(text: str, path: str) -> set[str]:
    # the library takes a blank in a path for slashes
    plain = CodeOwners(text.replace("\\ ", "·"))
    return {name.casefold() for _, name in plain.of(path.replace(" ", "·"))}


def gitlab(text: str, path: str) -> set[str]:
    """Ask as GitLab does: Ruby's File.fnmatch with FNM_PATHNAME and FNM_DOTMATCH; the last line that matches counts.

    Source: GitLab Docs, "Advanced CODEOWNERS configuration".
    """
    found: set[str] = set()
    for line in text.splitlines():
        if line.startswith("#") or not line:
            continue
        pattern, *owners = re.sub(r"\\ ", "\0", line).split()
        pattern = pattern.replace("\0", " ")
        pattern = pattern if pattern.startswith("/") else f"/**/{pattern}"
        pattern += "**/*" if pattern.endswith("/") else ""
        words = re.findall(r"\*\*/|\*|\?|[^*?]+", pattern)
        wild = {"**/": "(?:[^/]+/)*", "*": "[^/]*", "?": "[^/]"}
        expression = "".join(wild.get(word) or re.escape(word) for word in words)
        if re.fullmatch(expression, f"/{path}", re.DOTALL):
            found = {owner.casefold() for owner in owners}
    return found


names = st.sampled_from(["a", "b", "ab", "*", "**", "*b", "a*", "?", "a?b*", "[ab]", "x y", "*.md", "ö"])
globs = st.builds(
    lambda parts, end: "/".join(parts) + end,
    st.lists(names, min_size=1, max_size=4),
    st.sampled_from(["", "", "/", "/**"]),
)
people = st.lists(st.sampled_from(["ana", "bo", "cy"]), min_size=1, max_size=2, unique=True)
paths = st.lists(st.sampled_from(["a", "b", "ab", "abb", "ba", "x y", "c.md", "ö", "axb"]), min_size=1, max_size=5).map(
    "/".join
)


@settings(max_examples=150, deadline=None)
@given(
    groups=st.lists(st.tuples(st.lists(globs, min_size=1, max_size=2), people), min_size=1, max_size=4),
    asked=st.lists(paths, min_size=1, max_size=12),
    host=st.sampled_from(list(Host)),
)
def test_the_host_asks_whom_the_programme_accepts(groups: Groups, asked: list[str], host: Host) -> None:
    found, document = read(prm(groups))
    text, findings = codeowners(found, document, host)
    if text is None:
        assert findings[0].code == codes.CODEOWNERS_TOO_LARGE.id
        return
    for path in asked:
        owners = github(text, path) if host is Host.GITHUB else gitlab(text, path)
        assert owners == set(entitled(found.approvers, path)), (path, text)


@settings(max_examples=150, deadline=None)
@given(one=globs, other=globs, path=paths)
def test_what_two_patterns_have_in_common(one: str, other: str, path: str) -> None:
    def matched(pattern: str) -> bool:
        found, _ = read(prm([([pattern], ["ana"])]))
        return bool(entitled(found.approvers, path))

    def fits(glob: tuple[str, ...], parts: list[str]) -> bool:
        if not glob:
            return True
        if glob[0] == "**":
            return any(fits(glob[1:], parts[start:]) for start in range(len(parts) + 1))
        return bool(parts) and fnmatch.fnmatchcase(parts[0], glob[0]) and fits(glob[1:], parts[1:])

    overlaps = {overlap for left in read_glob(one) for right in read_glob(other) for overlap in common(left, right)}
    assert any(fits(overlap, path.split("/")) for overlap in overlaps) == (matched(one) and matched(other))


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("content/[!a]/x.md", "excludes"),
        ("content/[[:alpha:]]/x.md", "bracket"),
        ("content/c#/x.md", "comment"),
        ("content//x.md", "empty folder"),
        ("content/[a-z][a-z]/x.md", "stand for 676"),
        ("content/a\u00a0b.md", "not a space"),
    ],
)
def test_what_cannot_be_said_is_a_finding_at_its_place(pattern: str, why: str) -> None:
    with pytest.raises(Unsayable, match=why):
        read_glob(pattern)
    found, document = read(prm([(["content/**", pattern], ["ana"])]))
    text, (finding,) = codeowners(found, document, Host.GITHUB)
    assert text is None and (finding.code, finding.line) == (codes.PATTERN_WITHOUT_EQUAL.id, 5)
    assert why in finding.message and finding.column > 10


def test_too_many_overlaps_are_a_finding() -> None:
    groups: Groups = [([f"**/*{letter}*/**/*{letter}*"], [letter]) for letter in "abcdefghij"]
    found, document = read(prm(groups))
    text, (finding,) = codeowners(found, document, Host.GITHUB)
    assert text is None and finding.code == codes.CODEOWNERS_TOO_LARGE.id


def test_names_on_the_host_stand_for_addresses() -> None:
    handles = "  handles: {Ana@v.example: '@ana-v', bo@v.example: '@vendor/pricing'}\n"
    found, document = read(prm([(["*"], ["ana", "bo"]), (["content/x.md"], ["cy", "bo"])], handles))
    text, _ = codeowners(found, document, Host.GITHUB)
    assert text is not None
    assert [line.split() for line in text.splitlines() if not line.startswith("#")] == [
        ["*", "@ana-v", "@vendor/pricing"],
        ["/content/x.md", "@ana-v", "@vendor/pricing", "cy@v.example"],
    ]


def test_what_governs_the_programme_is_never_without_owners() -> None:
    found, document = read(prm([(["content/**"], ["ana"]), (["prm.yaml"], ["bo"])]))
    text, _ = codeowners(found, document, Host.GITHUB)
    assert text is not None
    for path in (
        ".github/workflows/check.yml",
        ".github/CODEOWNERS",
        "visibility.yaml",
        "site_overrides/theme/main.html",
    ):
        assert github(text, path) == {"bo@v.example"}, path
    assert github(text, "content/a.md") == {"ana@v.example"}
    assert github(text, "README.md") == set()


@pytest.fixture
def owned(make_repo: MakeRepo) -> Repo:
    return make_repo({"prm.yaml": prm([(["content/**"], ["ana"]), (["*.yaml"], ["bo"])])})


def test_the_command_writes_what_it_then_finds_up_to_date(owned: Repo) -> None:
    place = owned.path / ".github/CODEOWNERS"
    assert run("owners", "--check", cwd=owned.path).returncode == 1 and not place.exists()
    done = run("owners", cwd=owned.path)
    assert (done.returncode, done.stdout) == (0, ".github/CODEOWNERS\n")
    assert place.read_text(encoding="utf-8").startswith("# Written by `prmbuild owners`")
    assert run("owners", "--check", cwd=owned.path).returncode == 0
    owned.write({"prm.yaml": prm([(["content/**"], ["cy"])])})
    stale = run("owners", "--check", cwd=owned.path)
    assert stale.returncode == 1 and "not up to date" in stale.stdout
    assert run("owners", cwd=owned.path).returncode == 0 and "cy@v.example" in place.read_text(encoding="utf-8")


def test_a_file_of_other_people_is_left_alone(owned: Repo, tmp_path: Path) -> None:
    owned.write({".github/CODEOWNERS": "* @everybody\n", ".gitlab-ci.yml": "x: {}\n"})
    assert run("owners", "--format", "github", cwd=owned.path).returncode == 2
    assert (owned.path / ".github/CODEOWNERS").read_text(encoding="utf-8") == "* @everybody\n"
    assert run("owners", cwd=owned.path).stdout == ".gitlab/CODEOWNERS\n"
    assert run("owners", "--format", "github", "--force", cwd=owned.path).returncode == 0
    (owned.path / ".github/CODEOWNERS").unlink()
    (owned.path / ".github/CODEOWNERS").symlink_to(tmp_path / "elsewhere")
    refused = run("owners", "--format", "github", cwd=owned.path)
    assert refused.returncode == 3 and "symbolic link" in refused.stderr and not (tmp_path / "elsewhere").exists()


def test_without_approvers_there_is_nothing_to_write(make_repo: MakeRepo) -> None:
    repo = make_repo({"prm.yaml": PRM})
    assert run("owners", "--check", cwd=repo.path).returncode == 0
    assert run("owners", cwd=repo.path).returncode == 0 and not (repo.path / ".github").exists()
    repo.write({"prm.yaml": "vendor: [\n"})
    broken = run("owners", cwd=repo.path)
    assert broken.returncode == 1 and "prm.yaml:" in broken.stdout
