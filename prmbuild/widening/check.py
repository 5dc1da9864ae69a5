"""Findings about what a change shows to more partners, and about who approved it."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from prmbuild import codes
from prmbuild.authored.document import Path as Keys
from prmbuild.authored.programme import Evidence
from prmbuild.authored.reading import PRM
from prmbuild.authored.yaml import read_yaml
from prmbuild.desired import Authored, read_authored
from prmbuild.diagnostics import Code, Diagnostic, ordered
from prmbuild.errors import SourceError
from prmbuild.progress import Progress
from prmbuild.request import Request
from prmbuild.source.ancestry import APPROVED_BY, APPROVED_CHANGE, Quote
from prmbuild.source.authority import Authority
from prmbuild.source.entitled import Entitled, entitled, persons
from prmbuild.source.git import GitRepository
from prmbuild.source.history import Version
from prmbuild.source.snapshot import take
from prmbuild.widening.gains import Widening, widening
from prmbuild.widening.groups import groups, listed
from prmbuild.widening.proposal import Consent, Proposal

_HOW = "how is said at prm.yaml, PRM146"


def check_widening(
    repository: GitRepository, revision: str, request: Request, progress: Progress
) -> tuple[Diagnostic, ...]:
    """Find what a change shows to more partners without the approval that the base asks for.

    Args:
        repository: holds both states.
        revision: any name of the branch or commit that the change is for; what counts is where the two parted.
        request: asks for the head; its programme and look must be free of errors.
        progress: hears of the stages.

    Raises:
        SourceError: git cannot answer, or the two have no commit in common.
        RenderError: a page cannot be rendered.
    """
    base = repository.merge_base(request.revision, revision)
    if base is None:
        raise SourceError(
            f"{request.revision} and {revision} have no commit in common",
            hint="name the branch that the change is for with --base",
        )
    request = replace(request, proposed_to=base)
    authored = read_authored(repository, request)
    found = widening(repository, authored, base, request, progress)
    before = take(repository, base, worktree=False, now=request.now, cache=request.cache)
    proposal = Proposal(repository, before, authored.snapshot, request.cache)
    forward = base == repository.resolve(revision)
    return ordered(_Findings(authored, proposal, found, forward=forward).all())


class _Findings:
    """Args: ``forward``: whether the branch that the change is for could be fast-forwarded to it."""

    def __init__(self, authored: Authored, proposal: Proposal, found: Widening, *, forward: bool) -> None:
        self._forward = forward
        self._authored = authored
        self._proposal = proposal
        self._found = found
        self._quote = Quote(proposal.change, found.digest) if proposal.change is not None else None
        self._shown: dict[str, dict[Version | None, None]] = {}
        for gain in found.gains:
            self._shown.setdefault(gain.change.subject.path, {})[gain.change.after] = None

    def all(self) -> Iterator[Diagnostic]:
        """Yield every finding."""
        base = self._found.exposure.base
        if base.missing is not None:
            message = f"what partners saw before is not known: commit {base.commit.short} has errors ({base.missing})"
            yield self._at((), codes.BASE_UNREADABLE, message, "all that the change shows counts as new")
        if self._forward and self._proposal.merges:
            message = "merges are among these commits: a fast-forward would publish by their own history"
            yield self._at((), codes.MERGES_INSIDE, message, "merge it with a merge commit, squash it or rebase it")
        authority = self._proposal.authority
        if authority is None:
            return
        if authority.evidence is Evidence.MERGE:
            yield from self._by_merge(authority)
        else:
            yield from self._by_evidence(authority)

    def _by_merge(self, authority: Authority) -> Iterator[Diagnostic]:
        for group in groups(self._found, self._authored.snapshot):
            people = frozenset().union(*map(authority.may_widen, group.paths))
            hint = f"merging approves it{f', which is for {_or(people)} to decide' if people else ''}"
            yield group.at(codes.WIDENING_BY_MERGE, f"{group.told}, once this is merged: {group.why}", hint)

    def _by_evidence(self, authority: Authority) -> Iterator[Diagnostic]:
        consent = self._proposal.consent(self._found.digest, authority)
        missing = (*self._not_approved(authority, consent), *self._takes_over(authority, consent))
        yield from missing
        if self._quote is not None and (missing or not consent.given):
            yield self._how(authority, self._quote)

    def _not_approved(self, authority: Authority, consent: Consent) -> Iterator[Diagnostic]:
        for group in groups(self._found, self._authored.snapshot):
            asked = {path: self._asked(path, authority.may_widen(path), authority) for path in group.paths}
            missing = [path for path in group.paths if not consent.given.intersection(asked[path].people)]
            if missing:
                of = "" if len(missing) == len(group.paths) else f" of {listed(missing)}"
                reason = _reason(consent, [asked[path] for path in missing])
                message = f"{group.told}, without approval{of}: {group.why}{reason}"
                hint = f"{_who({path: asked[path] for path in missing})}; {_HOW}"
                yield group.at(codes.WIDENING_NOT_APPROVED, message, hint)

    def _takes_over(self, authority: Authority, consent: Consent) -> Iterator[Diagnostic]:
        for path in self._proposal.takes_over:
            asked = self._asked(path, authority.may_approve(path), authority)
            if not consent.given.intersection(asked.people):
                message = f"this decides who may approve, and is edited without approval{_reason(consent, [asked])}"
                hint = f"{_who({path: asked})}; {_HOW}"
                yield self._decides(path, message, hint)

    def _asked(self, path: str, people: frozenset[str], authority: Authority) -> Entitled:
        """Tell who of those in charge of a path may approve what would be published of it."""
        before = self._proposal.wrote_before(people, path, self._shown.get(path, (None,)), authority)
        return entitled(path, people, (*self._proposal.wrote(people, authority), *before))

    def _decides(self, path: str, message: str, hint: str) -> Diagnostic:
        if path == PRM and path in self._authored.snapshot.files:
            return self._at(("approval",), codes.APPROVERS_CHANGED, message, hint)
        return codes.APPROVERS_CHANGED.at(path, message, hint=hint)

    def _how(self, authority: Authority, quote: Quote) -> Diagnostic:
        signed = authority.evidence is Evidence.SIGNATURE
        way = "-S -m Approve" if signed else f"-m Approve --trailer '{APPROVED_BY}: ADDRESS'"
        message = f"to approve this change: git commit --allow-empty {way} --trailer '{APPROVED_CHANGE}: {quote}'"
        hint = "run on its branch by an approver who wrote none of it, then pushed; any edit after it makes it void"
        return self._at(("approval", "evidence"), codes.AWAITS_APPROVAL, message, hint)

    def _at(self, keys: Keys, code: Code, message: str, hint: str) -> Diagnostic:
        snapshot = self._authored.snapshot
        line, column = read_yaml(PRM, snapshot.read_path(PRM)).marks.value(keys)
        return code.at(PRM, message, line=line, column=column, hint=hint)


def _who(asked: Mapping[str, Entitled]) -> str:
    """Say who may approve which paths."""
    alike: dict[Entitled, list[str]] = {}
    for path, people in asked.items():
        alike.setdefault(people, []).append(path)
    if len(alike) == 1:
        return str(next(iter(alike)))
    return "; ".join(f"{listed(some)}: {people}" for people, some in alike.items())


def _reason(consent: Consent, asked: Sequence[Entitled]) -> str:
    """Say which approval there is that does not count, and why."""
    wrote = persons(part for one in asked for part in one.wrote)
    named = wrote.union(*(one.people for one in asked))
    own = (consent.own & named) | (consent.given & wrote)
    stale, given = consent.stale & named, consent.given - named
    parts = (
        f"; {_and(own)} approved it, but wrote some of it" if own else "",
        f"; what {_and(stale)} approved was another state of it" if stale else "",
        f"; {_and(given)} approved it, but may not" if given else "",
    )
    return "".join(parts)


def _or(people: frozenset[str]) -> str:
    return " or ".join(sorted(people))


def _and(people: frozenset[str]) -> str:
    return " and ".join(sorted(people))
