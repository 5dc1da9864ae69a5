"""Programmes with something wrong, one folder for each, and how they become repositories.

A case holds the files that differ from ``tests/cases/base``; ``removed.txt`` names files of the base that it has not,
``message.txt`` is the commit's message. Where history matters, folders ``1``, ``2``, … hold successive commits.
``expected.txt`` is what ``prmbuild check`` says, in full. A case that no file system can be asked to hold is made by a
function of `SPECIAL`.
"""

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tests.conftest import FIRST_COMMIT, MakeRepo, Repo, page

CASES = Path(__file__).parent.parent / "cases"
BASE = CASES / "base"
EXPECTED = "expected.txt"
REMOVED = "removed.txt"
MESSAGE = "message.txt"

Files = dict[str, str | bytes | None]


def names(kind: str) -> list[str]:
    """Return the names of the cases of a kind, ``accept`` or ``reject``."""
    found = {case.name for case in (CASES / kind).iterdir() if case.is_dir()}
    return sorted(found | set(SPECIAL) if kind == "reject" else found)


def repository(kind: str, name: str, make_repo: MakeRepo) -> Repo:
    """Make a case's repository."""
    if name in SPECIAL:
        return SPECIAL[name](make_repo)
    first, *later = _steps(CASES / kind / name)
    repo = _with(make_repo, dict(_files(first)))
    if (first / MESSAGE).exists():
        message = (first / MESSAGE).read_text(encoding="utf-8")
        repo.git("commit", "-q", "--amend", "-m", message, GIT_COMMITTER_DATE=FIRST_COMMIT.isoformat())
    for step in later:
        repo.commit(dict(_files(step)))
    return repo


def base() -> Files:
    """Return the small programme that nothing is wrong with."""
    return dict(_files(BASE))


def _steps(case: Path) -> list[Path]:
    return sorted(step for step in case.iterdir() if step.is_dir() and step.name.isdigit()) or [case]


def _files(folder: Path) -> Iterator[tuple[str, bytes | None]]:
    removed = folder / REMOVED
    if removed.exists():
        for line in removed.read_text(encoding="utf-8").splitlines():
            yield line, None
    for file in sorted(folder.rglob("*")):
        name = file.relative_to(folder).as_posix()
        if file.is_file() and name not in (EXPECTED, REMOVED, MESSAGE):
            yield name, file.read_bytes()


def _with(make_repo: MakeRepo, files: Mapping[str, str | bytes | None]) -> Repo:
    """Make a repository without files that it should lack."""
    everything = {**base(), **files}
    return make_repo({name: content for name, content in everything.items() if content is not None})


def _symlink(make_repo: MakeRepo) -> Repo:
    repo = _with(make_repo, {"content/robots.md": page("Robots", "[All](list.md)")})
    (repo.path / "content/list.md").symlink_to("/etc/hostname")
    repo.commit({})
    return repo


def _submodule(make_repo: MakeRepo) -> Repo:
    repo = _with(make_repo, {})
    (repo.path / "content/shared").mkdir()
    commit = repo.git("rev-parse", "HEAD").strip()
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{commit},content/shared")
    repo.commit({})
    return repo


def _unsafe_names(make_repo: MakeRepo) -> Repo:
    asked = (
        "back\\slash.md",
        "bell\a.md",
        "line\nbreak.md",
        "right\u202eleft.md",
        "colon: one.md",
        " space.md",
        "dot./page.md",
        "aux.md",
        "Com1.tar.md",
        ".hidden.md",
        ".gitkeep",
        "auxiliary.md",
    )
    return _with(make_repo, {f"content/odd/{name}": page(f"Page {index}") for index, name in enumerate(asked)})


def _not_utf8_name(make_repo: MakeRepo) -> Repo:
    return _with(make_repo, {"content/caf\udce9.md": page("Café"), "content/caf\udce9.svg": "<svg/>"})


def _path_too_long(make_repo: MakeRepo) -> Repo:
    return _with(make_repo, {f"content/{'/'.join(['long' * 40] * 5)}.md": page("Long")})


def _collisions(make_repo: MakeRepo) -> Repo:
    composed, decomposed = (unicodedata.normalize(form, "content/café.md") for form in ("NFC", "NFD"))
    files = (
        "content/Prices/list.md",
        "content/prices/other.md",
        "content/Robots.md",
        "content/robots.md",
        composed,
        decomposed,
        "content/guide.md",
        "content/guide/index.md",
        "content/faq/README.md",
        "content/faq/index.md",
        "content/blob.md",
    )
    return _with(
        make_repo,
        {path: page(f"Page {index}") for index, path in enumerate(files)}
        | {"content/blob": "bytes", "content/index.md": page("Welcome", "[Download](blob)")},
    )


def _quiz_address(make_repo: MakeRepo) -> Repo:
    course = "title: The basics\nstatus: approved\nlessons: [quiz.md]\nquiz: quiz.yaml\n"
    return _with(
        make_repo,
        {
            "courses/basics/course.yaml": course,
            "courses/basics/quiz.md": "---\ntitle: A quiz\n---\n\nRead.\n",
            "courses/basics/lessons/01-start.md": None,
        },
    )


def _large_files(make_repo: MakeRepo) -> Repo:
    mib = 1024 * 1024
    return _with(
        make_repo,
        {
            "content/index.md": page("Welcome", "[One](one.zip), [two](two.zip) and [three](three.zip)"),
            "content/one.zip": bytes(10 * mib),
            "content/two.zip": bytes(10 * mib + 1),
            "content/three.zip": bytes(50 * mib + 1),
        },
    )


def _configuration_too_large(make_repo: MakeRepo) -> Repo:
    return _with(make_repo, {"content/long.md": page("Long", "word " * 500_000)})


def _audience_too_large(make_repo: MakeRepo) -> Repo:
    doubled = "".join(f"  a{index}: {{any: [a{index - 1}, a{index - 1}]}}\n" for index in range(1, 20))
    rules = "rules:\n  - paths: [content/**, courses/**]\n    show_to: everyone\n"
    return _with(make_repo, {"visibility.yaml": f"audiences:\n  a0: {{tier: gold}}\n{doubled}{rules}"})


def _secrets(make_repo: MakeRepo) -> Repo:
    """Make a programme with secrets, put together here so that nothing takes this file for a leak."""
    body = "\n".join(
        (
            "-----BEGIN " + "RSA PRIVATE KEY-----",
            "Key AKIA" + "R7QX3M5TZ2WV6KLP, and the documented AKIAIOSFODNN7EXAMPLE.",
            "aws_secret_access_key = " + "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",
            "gh" + "p_" + "q9Lr4Tz7Wc2Vb8Nm3Kx6Hj1Gf5Ds0PaYuIo2",
            "xo" + "xb-" + "2417-3350-q9Lr4Tz7Wc2Vb8Nm",
            "AI" + "za" + "q9Lr4Tz7Wc2Vb8Nm3Kx6Hj1Gf5Ds0PaYuI-",
            "sk_" + "live_" + "q9Lr4Tz7Wc2Vb8Nm3Kx6",
            "https://ana:" + "r4Tz7Wc2" + "@vendor.example/list",
            "password: " + "r4Tz7Wc2Vb8N" + " but password: your-password-1 and password: see page 12",
        )
    )
    return _with(
        make_repo,
        {
            "content/robots.md": page("Robots", body),
            "site_overrides/mkdocs.yml": "extra_css: [look.css]\n",
            "site_overrides/look.css": "/* api_key = '" + "r4Tz7Wc2Vb8N" + "' */\n",
            "content/data.json": '{"client_secret": "' + "r4Tz7Wc2Vb8N" + '"}\n',
            "content/index.md": page("Welcome", "[Data](data.json)"),
        },
    )


def _not_on_branch(make_repo: MakeRepo) -> Repo:
    settings = "vendor: Example Robots\nportal_url: https://partners.vendor.example/\nbranch: main\n"
    repo = _with(make_repo, {"prm.yaml": settings})
    repo.git("checkout", "-q", "-b", "proposal")
    repo.commit({"content/robots.md": page("Robots", "Proposed.")})
    return repo


POLICY = """\
vendor: Example Robots
portal_url: https://partners.vendor.example/
approval:
  evidence: trailer
  approvers:
    - {paths: [content/**, courses/**], people: [ana@vendor.example, ruth@vendor.example]}
    - {paths: [partners.yaml, visibility.yaml, prm.yaml], people: [ruth@vendor.example]}
"""


def _approved(make_repo: MakeRepo, files: Files) -> Repo:
    repo = _with(make_repo, files)
    message = "first\n\nApproved-by: ruth@vendor.example"
    repo.git("commit", "-q", "--amend", "-m", message, GIT_COMMITTER_DATE=FIRST_COMMIT.isoformat())
    return repo


def _proposal(make_repo: MakeRepo, before: Files, after: Files) -> Repo:
    repo = _approved(make_repo, before)
    repo.git("checkout", "-q", "-b", "proposal")
    repo.commit(after)
    return repo


_GOLD: Files = {
    "visibility.yaml": (CASES / "base/visibility.yaml").read_bytes()
    + b"  - paths: [content/gold/**]\n    show_to: gold-up\n",
    "content/gold/prices.md": page("Prices"),
}
_PROMOTED: Files = {
    "partners.yaml": (CASES / "base/partners.yaml").read_bytes().replace(b"silver-emea}", b"silver-emea, tier: gold}")
}


def _not_approved(make_repo: MakeRepo) -> Repo:
    return _proposal(make_repo, {"prm.yaml": POLICY} | _GOLD, _PROMOTED)


def _by_merge(make_repo: MakeRepo) -> Repo:
    return _proposal(make_repo, _GOLD, _PROMOTED)


def _approvers_changed(make_repo: MakeRepo) -> Repo:
    return _proposal(make_repo, {"prm.yaml": POLICY}, {"prm.yaml": POLICY.replace("ruth", "ana")})


def _approvers_not_in_force(make_repo: MakeRepo) -> Repo:
    repo = _approved(make_repo, {"prm.yaml": POLICY})
    repo.commit({"prm.yaml": POLICY.replace("ruth", "ana")})
    return repo


def _base_unreadable(make_repo: MakeRepo) -> Repo:
    return _proposal(
        make_repo, {"partners.yaml": "roles: []\n"}, {"partners.yaml": (CASES / "base/partners.yaml").read_bytes()}
    )


def _merges_inside(make_repo: MakeRepo) -> Repo:
    repo = _proposal(make_repo, {}, {"README.md": "one"})
    repo.git("checkout", "-q", "-b", "side", "HEAD~1")
    repo.commit({"README.txt": "two"})
    repo.git("checkout", "-q", "proposal")
    repo.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    return repo


SPECIAL: Mapping[str, Callable[[MakeRepo], Repo]] = {
    "prm102-page-too-large": _configuration_too_large,
    "prm130-symbolic-link": _symlink,
    "prm131-submodule": _submodule,
    "prm132-unsafe-names": _unsafe_names,
    "prm132-name-not-utf8": _not_utf8_name,
    "prm132-path-too-long": _path_too_long,
    "prm133-collisions": _collisions,
    "prm133-quiz-and-lesson": _quiz_address,
    "prm141-widening-not-approved": _not_approved,
    "prm142-widening-by-merge": _by_merge,
    "prm143-approvers-changed": _approvers_changed,
    "prm147-approvers-not-in-force": _approvers_not_in_force,
    "prm148-base-unreadable": _base_unreadable,
    "prm149-merges-inside": _merges_inside,
    "prm229-audience-too-large": _audience_too_large,
    "prm320-not-on-branch": _not_on_branch,
    "prm413-large-files": _large_files,
    "prm810-secrets": _secrets,
}
