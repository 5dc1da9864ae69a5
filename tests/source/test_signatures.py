"""Approval that is proven by a signature."""

from pathlib import Path

import pytest

from prmbuild.desired import consider, read_authored
from prmbuild.errors import SourceError
from prmbuild.progress import Silence
from prmbuild.source import proofs
from prmbuild.source.git import opened
from prmbuild.source.people import People, read_mailmap
from prmbuild.source.signers import read_revoked, read_signers, signers_of
from tests.conftest import CONFIGURATION, PRM, MakeRepo, Repo, page
from tests.signing import POLICY, Key, commit, identity, merge, new_key

PAGE = "content/a.md"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Key]:
    folder = tmp_path_factory.mktemp("keys")
    return {name: new_key(folder, f"{name}@vendor.example") for name in ("boss", "ana", "chief", "mallory")}


@pytest.fixture
def repo(make_repo: MakeRepo, keys: dict[str, Key]) -> Repo:
    signers = "# who may sign\n" + "".join(keys[name].line() for name in ("boss", "ana", "chief"))
    return make_repo(
        {
            **CONFIGURATION,
            "prm.yaml": PRM + POLICY.format(evidence="signature"),
            "allowed_signers": signers,
        }
    )


def published(repo: Repo, path: str = PAGE) -> str | None:
    """The body of what is published of a page; None where nothing is."""
    request = repo.request()
    with opened(repo.path) as repository:
        found = consider(read_authored(repository, request), request, Silence()).catalog.pages.get(path)
        return None if found is None else found.source.body.strip()


def test_a_commit_signed_by_an_approver_who_is_not_its_author_is_approved(repo: Repo, keys: dict[str, Key]) -> None:
    commit(repo, {PAGE: page("A", "unsigned")})
    assert published(repo) is None
    commit(repo, {PAGE: page("A", "by ana")}, key=keys["ana"])
    assert published(repo) is None, "nobody approves their own work"
    commit(repo, {PAGE: page("A", "not entitled")}, key=keys["chief"])
    assert published(repo) is None
    commit(repo, {PAGE: page("A", "not a signer")}, "x\n\nApproved-by: boss@vendor.example", key=keys["mallory"])
    assert published(repo) is None
    commit(repo, {PAGE: page("A", "approved")}, key=keys["boss"])
    assert published(repo) == "approved"
    commit(repo, {PAGE: page("A", "edited since")})
    assert published(repo) == "approved"


def test_a_signed_merge_approves_what_it_brings_unless_the_merger_wrote_in_it(repo: Repo, keys: dict[str, Key]) -> None:
    def branch(text: str) -> None:
        repo.git("checkout", "-q", "-B", "work", "main")
        commit(repo, {PAGE: page("A", text)})
        repo.git("checkout", "-q", "main")
        commit(repo, {"content/other.md": page("Other", text)})

    branch("merged")
    merge(repo, "work", by="boss@vendor.example", key=keys["boss"])
    assert published(repo) == "merged"
    branch("evil")
    merge(repo, "work", by="boss@vendor.example", key=keys["boss"])
    repo.write({PAGE: page("A", "slipped in")})
    repo.git(*keys["boss"].options, "commit", "-q", "-a", "--amend", "-m", "merge", **identity("boss@vendor.example"))
    assert published(repo) == "merged"


def test_nobody_becomes_a_signer_or_an_approver_by_the_change_that_says_so(repo: Repo, keys: dict[str, Key]) -> None:
    mallory = keys["mallory"]
    named = POLICY.format(evidence="signature").replace("chief", "mallory").replace("content/gold/**", "content/**")
    takeover = {
        "prm.yaml": PRM + named,
        "allowed_signers": mallory.line() + mallory.line().replace("mallory", "boss", 1),
        PAGE: page("A", "taken over"),
    }
    commit(repo, takeover, key=mallory)
    assert published(repo) is None
    commit(repo, {PAGE: page("A", "and again")}, by="eve@vendor.example", key=mallory)
    assert published(repo) is None, "what is not approved never comes into force"
    commit(repo, {PAGE: page("A", "approved")}, key=keys["boss"])
    assert published(repo) == "approved", "the signers in force still sign"


def test_a_new_signer_counts_once_approved(repo: Repo, keys: dict[str, Key]) -> None:
    everybody = "".join(key.line() for key in keys.values())
    named = PRM + POLICY.format(evidence="signature").replace("boss@vendor.example, ana", "mallory")
    commit(
        repo,
        {"allowed_signers": everybody, "prm.yaml": named.replace("mallory", "mallory@vendor.example, ana", 1)},
        key=keys["boss"],
    )
    commit(repo, {PAGE: page("A", "by the new one")}, key=keys["mallory"])
    assert published(repo) == "by the new one"


def test_a_signer_who_leaves_keeps_what_they_approved_and_a_revoked_key_does_not(
    repo: Repo, keys: dict[str, Key]
) -> None:
    commit(repo, {PAGE: page("A", "approved")}, key=keys["boss"])
    commit(repo, {"allowed_signers": keys["ana"].line()}, key=keys["boss"])
    assert published(repo) == "approved"
    commit(repo, {PAGE: page("A", "after leaving")}, key=keys["boss"])
    assert published(repo) == "approved"
    commit(repo, {"revoked_signers": f"# stolen\n{keys['boss'].public} laptop\n"})
    assert published(repo) is None
    commit(repo, {"revoked_signers": None})
    assert published(repo) is None, "a key once revoked stays so"


@pytest.mark.parametrize(
    ("options", "counts"),
    [
        ('valid-after="20200101",valid-before="20300101"', True),
        ('valid-before="20200101"', False),
        ('valid-after="20300101"', False),
        ('namespaces="git"', True),
        ('namespaces="file"', False),
        ("cert-authority", False),
    ],
)
def test_the_line_of_a_signer_limits_them(
    make_repo: MakeRepo, keys: dict[str, Key], options: str, counts: bool
) -> None:
    files = {"prm.yaml": PRM + POLICY.format(evidence="signature"), "allowed_signers": keys["boss"].line(options)}
    repo = make_repo({**CONFIGURATION, **files})
    commit(repo, {PAGE: page("A", "limited")}, key=keys["boss"])
    assert (published(repo) == "limited") is counts


def test_who_shares_a_key_or_a_line_of_the_mailmap_is_one_person(make_repo: MakeRepo, keys: dict[str, Key]) -> None:
    boss = keys["boss"]
    files = {
        **CONFIGURATION,
        "prm.yaml": PRM + POLICY.format(evidence="signature"),
        "allowed_signers": f"boss@vendor.example,boss@home.example {boss.public}\n",
        ".mailmap": "The Boss <boss@vendor.example> Bob <BOB@elsewhere.example>\n",
    }
    repo = make_repo(files)
    for alias in ("boss@home.example", "Boss@Vendor.example", "bob@elsewhere.example"):
        commit(repo, {PAGE: page("A", f"by {alias}")}, by=alias, key=boss)
        assert published(repo) is None, alias
    commit(repo, {PAGE: page("A", "with help")}, "x\n\nCo-authored-by: Bob <bob@elsewhere.example>", key=boss)
    assert published(repo) is None
    commit(repo, {".mailmap": None, PAGE: page("A", "unmapped")}, by="bob@elsewhere.example", key=boss)
    assert published(repo) is None, "the mailmap before the change counts"
    commit(repo, {PAGE: page("A", "by another")}, key=boss)
    assert published(repo) is None, "some of what waited is the boss's own"
    commit(repo, {PAGE: None})
    commit(repo, {PAGE: page("A", "by another")}, by="bob@vendor.example", key=boss)
    assert published(repo) is None, "what was deleted came back"
    commit(repo, {PAGE: None})
    commit(repo, {PAGE: page("A", "begun anew")}, key=boss)
    assert published(repo) == "begun anew"


def test_what_the_configuration_of_the_repository_says_of_signatures_is_not_asked(
    repo: Repo, keys: dict[str, Key], tmp_path: Path
) -> None:
    ran = tmp_path / "ran"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {ran}\nexit 0\n")
    program.chmod(0o755)
    everybody = tmp_path / "everybody"
    everybody.write_text(keys["mallory"].line().replace("mallory", "boss", 1))
    for name in ("gpg.program", "gpg.openpgp.program", "gpg.ssh.program", "gpg.x509.program"):
        repo.git("config", name, str(program))
    repo.git("config", "gpg.ssh.allowedSignersFile", str(everybody))
    repo.git("config", "log.showSignature", "true")
    repo.write({PAGE: page("A", "forged")})
    repo.git("add", "-A")
    repo.git("-c", "gpg.ssh.program=ssh-keygen", *keys["mallory"].options, "commit", "-q", "-m", "x")
    pgp = repo.git("cat-file", "commit", "HEAD").replace("BEGIN SSH SIG", "BEGIN PGP SIG").replace("END SSH", "END PGP")
    (repo.path / "forged").write_text(pgp)
    forged = repo.git("hash-object", "-t", "commit", "-w", str(repo.path / "forged")).strip()
    assert published(repo) is None
    repo.git("reset", "-q", "--hard", forged)
    assert published(repo) is None
    assert not ran.exists()


def test_without_ssh_keygen_the_environment_is_said_to_be_broken(
    repo: Repo, keys: dict[str, Key], monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(repo, {PAGE: page("A", "signed")}, key=keys["boss"])
    with monkeypatch.context() as patch:
        patch.setattr(proofs.shutil, "which", lambda name: None)
        with pytest.raises(SourceError, match="ssh-keygen"):
            published(repo)
    monkeypatch.setattr(proofs, "_FIRST", (99, 0))
    with pytest.raises(SourceError, match="this git cannot verify"):
        published(repo)


def test_a_verdict_is_remembered_under_all_that_it_depends_on(repo: Repo, keys: dict[str, Key]) -> None:
    first = commit(repo, {PAGE: page("A", "signed")}, key=keys["boss"])
    kept: dict[str, bytes] = {}
    asked: list[str] = []

    class Memory:
        def get_many(self, wanted: object) -> dict[str, bytes]:
            return {key: kept[key] for key in wanted if key in kept}  # type: ignore[attr-defined]

        def put_many(self, entries: dict[str, bytes]) -> dict[str, str]:
            asked.extend(entries)
            kept.update(entries)
            return {}

    with opened(repo.path) as repository:
        both = signers_of((keys["boss"].line() + keys["ana"].line()).encode())
        boss = frozenset(("boss@vendor.example",))
        for signers, revoked, wanted, new in (
            (both, b"", boss, 1),
            (both, b"", boss, 0),
            (both, keys["boss"].public.encode() + b"\n", frozenset(), 1),
            (signers_of(keys["ana"].line().encode()), b"", frozenset(), 1),
            (both, b"", boss, 0),
        ):
            asked.clear()
            memory = proofs.Proofs(repository, Memory())
            assert memory.signatures([first], signers, revoked) == {first: wanted}
            assert len(asked) == new
        for key in kept:
            kept[key] = b"nonsense"
        assert proofs.Proofs(repository, Memory()).signatures([first], both, b"") == {first: boss}


def test_lines_that_let_nobody_sign() -> None:
    written = (
        "# c",
        "",
        "a@x ssh-ed25519 AAAA",
        "*@x ssh-ed25519 AAAA",
        "b@x cert-authority ssh-ed25519 AAAA",
        "c@x",
        "d@x ssh-ed25519 !",
        '"e@x,F@x" namespaces="a b" ssh-rsa AAAA me',
    )
    lines = read_signers("\n".join(written).encode())
    assert [(line.number, line.people, line.problem) for line in lines] == [
        (3, ("a@x",), None),
        (4, ("*@x",), "names its people by a wildcard"),
        (5, ("b@x",), "is for a certificate authority"),
        (6, ("c@x",), "names no public key"),
        (7, ("d@x",), "has a broken public key"),
        (8, ("e@x", "f@x"), None),
    ]
    signers = signers_of(b'a@x ssh-ed25519 AAAA\nb@x,c@x valid-before="20200101" ssh-ed25519 AAAA\n')
    assert signers.people("A@x", lines[0].fingerprint) == {"a@x"}, "the other line may not be valid"
    assert list(signers.groups()) == [["a@x", "b@x", "c@x"]]
    assert read_revoked(b"ssh-ed25519 AAAA who\n# c\n\noops\nssh-ed25519\n") == (("ssh-ed25519 AAAA",), (4, 5))


def test_people_are_told_apart_in_doubt_not() -> None:
    mailmap = b"# a <x@x> <y@y>\nA <a@x> <A@y>\nB <b@x>\nC <c@x> Name <a@Y>\n"
    people = People(read_mailmap(mailmap))
    assert people.aliases("C@X") == {"a@x", "a@y", "c@x"}
    assert people.aliases("b@x") == {"b@x"} and people.aliases("x@x") == {"x@x"}
