"""What ``prmbuild explain`` answers."""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from prmbuild.authored.lifecycle import Review, begun, ended
from prmbuild.authored.programme import Programme
from prmbuild.authored.text import suggestion
from prmbuild.calendar.calendar import dates_of
from prmbuild.calendar.formats import instant
from prmbuild.catalog.catalog import Course, Page
from prmbuild.check.formats import render_findings
from prmbuild.cli.options import (
    FINDINGS,
    FINE,
    say_uncommitted,
)
from prmbuild.cli.progress import progress
from prmbuild.desired import Considered, Desired, consider, desired, read_authored
from prmbuild.explain import Explanation, explain, origins, published, viewers_of
from prmbuild.request import Request
from prmbuild.source.git import WORKTREE, GitRepository, opened
from prmbuild.source.history import Commit
from prmbuild.visibility.audience import Viewer, describe
from prmbuild.visibility.rules import Origin


def answer(path: str | None, partner: str | None, role: str | None, repo: Path, request: Request, form: str) -> None:
    """Say who sees a path and why, or what a partner sees, and end the run."""
    shown = progress()
    with opened(repo) as repository:
        authored = read_authored(repository, request)
        if authored.programme is None or authored.look is None:
            shown.close()
            click.echo(render_findings(authored.diagnostics, "text"), nl=False)
            sys.exit(FINDINGS)
        require(authored.programme, partner, role)
        viewers = viewers_of(authored.programme, partner, role)
        if path is not None and _needs_no_articles(path):
            considered = consider(authored, request, shown)
            shown.close()
            _explain(repository, considered, _known(considered, path, repository), viewers, form)
        else:
            with desired(authored, request, shown) as state:
                shown.close()
                if path is None:
                    _list(state, viewers, form)
                else:
                    _explain(repository, state, _known(state, path, repository), viewers, form)
    sys.exit(FINE)


def _needs_no_articles(path: str) -> bool:
    return path.endswith((".md", ".yaml", ".yml"))


def require(programme: Programme, partner: str | None, role: str | None) -> None:
    """Fail as a usage error where there is no such partner or role."""
    partners = [known.id for known in programme.partners]
    if partner is not None and partner not in partners:
        raise click.UsageError(
            f"there is no partner '{partner}' in partners.yaml. {suggestion(partner, partners)}".strip()
        )
    if role is not None and role not in programme.roles:
        raise click.UsageError(
            f"there is no role '{role}' in partners.yaml. {suggestion(role, programme.roles)}".strip()
        )


def _known(state: Considered, path: str, repository: GitRepository) -> str:
    files = state.catalog.snapshot.files
    if path not in files and repository.root is not None:
        say_uncommitted(repository, worktree=state.catalog.snapshot.preview)
        place = Path(path).resolve()
        if place.is_relative_to(repository.root.resolve()):
            path = place.relative_to(repository.root.resolve()).as_posix()
    if path not in files:
        raise click.UsageError(f"there is no file '{path}' in the programme. {suggestion(path, files)}".strip())
    return path


def _explain(repository: GitRepository, state: Considered, path: str, viewers: tuple[Viewer, ...], form: str) -> None:
    explanations = explain(state, path, viewers)
    since = _since(repository, state, origins(explanations))
    if form == "json":
        document = {
            "path": path,
            "published": _published_json(state, path),
            "dates": _dates_json(state, path),
            "answers": [_answer_json(explanation, since) for explanation in explanations],
        }
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    click.echo(click.style(path, bold=True))
    for line in (*_published_lines(state, path), *_dates_lines(state, path)):
        click.echo(f"  {line}")
    for explanation in explanations:
        answer = click.style("visible", fg="green") if explanation.visible else click.style("not visible", fg="red")
        click.echo(f"\n{_named(explanation.viewers)}: {answer}")
        for outcome in explanation.decision.outcomes:
            sign = "admits" if outcome.admits else "refuses"
            commit = since.get(outcome.rule.origin)
            when = f"  since {commit.short} {commit.at:%Y-%m-%d}" if commit else ""
            click.echo(f"  {sign:<8}{outcome.rule.origin}  show_to {describe(outcome.rule.audience)}{when}")
        for audience, visible in explanation.blocks:
            click.echo(f"  {'shows' if visible else 'hides':<8}the block for {audience}")
        if explanation.changes:
            click.echo("  what would have to change:")
            for change in explanation.changes:
                click.echo(f"    - {change}")


def _since(repository: GitRepository, state: Considered, places: tuple[Origin, ...]) -> Mapping[Origin, Commit]:
    snapshot = state.catalog.snapshot
    changed = {path for path, versions in snapshot.history.versions.items() if versions[0].commit.id == WORKTREE}
    return {
        place: repository.last_change(snapshot.revision.id, place.path, place.line)
        for place in places
        if place.path not in changed and _same_as_head(state, place.path)
    }


def _same_as_head(state: Considered, path: str) -> bool:
    """A front matter rule stands in the published version; its line is dated only where that is the newest one."""
    page = state.catalog.pages.get(path)
    return page is None or page.version.blob == state.catalog.snapshot.files[path].blob


def _named(viewers: tuple[Viewer, ...]) -> str:
    partners: dict[str, list[str]] = {}
    for viewer in viewers:
        partners.setdefault(viewer.partner, []).append(viewer.role)
    by_roles: dict[tuple[str, ...], list[str]] = {}
    for partner, roles in partners.items():
        by_roles.setdefault(tuple(roles), []).append(partner)
    return "; ".join(f"{', '.join(names)} ({', '.join(roles)})" for roles, names in by_roles.items())


def _published_lines(state: Considered, path: str) -> list[str]:
    item = published(state, path)
    if item is None:
        ruling = state.catalog.absent.get(path)
        return [
            f"not published: {ruling.absence.value if ruling and ruling.absence else 'not part of what is published'}"
        ]
    if isinstance(item, Page | Course):
        version = item.version
        lines = [
            f"published version: commit {version.commit.short} of {version.commit.at:%Y-%m-%d %H:%M}Z, "
            f"'{version.commit.subject}'",
            f"approved by: {', '.join(item.approved_by)}",
            f"address: /{item.address.url}",
        ]
        if version.blob != state.catalog.snapshot.files[version.path].blob:
            lines.append("a newer version is not approved and not published")
        return lines
    return [
        "an asset: published with the pages that reference it, in the version of their approval",
        f"address: /{state.catalog.addresses[path].url}",
    ]


def _published_json(state: Considered, path: str) -> dict[str, object] | None:
    item = published(state, path)
    if not isinstance(item, Page | Course):
        return None
    commit = item.version.commit
    return {
        "commit": commit.id,
        "at": commit.at.isoformat(),
        "subject": commit.subject,
        "approved_by": list(item.approved_by),
        "url": f"/{item.address.url}",
    }


def _dates_lines(state: Considered, path: str) -> Iterator[str]:
    """Yield who answers for the newest version, and what its dates will do."""
    dates, now = dates_of(state, path), state.catalog.now
    if dates is None:
        return
    if dates.owner:
        yield f"owner: {dates.owner}"
    if dates.publish_at is not None and not begun(dates.publish_at, now):
        yield f"not published before {instant(dates.publish_at)}"
    if dates.expire_at is not None:
        yield f"{'expired' if ended(dates.expire_at, now) else 'expires'} at {instant(dates.expire_at)}"
    match dates.review(now.date()):
        case Review.OVERDUE:
            yield f"review overdue since {dates.review_due}"
        case Review.DUE | Review.COMING:
            yield f"review due on {dates.review_due}"
        case _:
            pass


def _dates_json(state: Considered, path: str) -> dict[str, object] | None:
    dates = dates_of(state, path)
    if dates is None:
        return None
    return {
        "owner": dates.owner,
        "publish_at": instant(dates.publish_at) if dates.publish_at else None,
        "expire_at": instant(dates.expire_at) if dates.expire_at else None,
        "review_due": dates.review_due.isoformat() if dates.review_due else None,
        "review": dates.review(state.catalog.now.date()).value,
    }


def _answer_json(explanation: Explanation, since: Mapping[Origin, Commit]) -> dict[str, object]:
    return {
        "viewers": [{"partner": viewer.partner, "role": viewer.role} for viewer in explanation.viewers],
        "visible": explanation.visible,
        "rules": [
            {
                "path": outcome.rule.origin.path,
                "line": outcome.rule.origin.line,
                "show_to": describe(outcome.rule.audience),
                "admits": outcome.admits,
                "since": since[outcome.rule.origin].id if outcome.rule.origin in since else None,
            }
            for outcome in explanation.decision.outcomes
        ],
        "blocks": [{"audience": audience, "visible": visible} for audience, visible in explanation.blocks],
        "changes": list(explanation.changes),
    }


def _list(state: Desired, viewers: tuple[Viewer, ...], form: str) -> None:
    chosen = {(viewer.partner, viewer.role) for viewer in viewers}
    portals = [
        (portal, tuple(viewer for viewer in portal.viewers if (viewer.partner, viewer.role) in chosen))
        for portal in state.portals
    ]
    portals = [(portal, members) for portal, members in portals if members]
    if form == "json":
        document = [
            {
                "portal": portal.id,
                "viewers": [{"partner": viewer.partner, "role": viewer.role} for viewer in members],
                "pages": {path: f"/{seen.page.address.url}" for path, seen in portal.pages.items()},
                "courses": {identifier: seen.required for identifier, seen in portal.courses.items()},
                "assets": {path: f"/{state.catalog.addresses[path].url}" for path in portal.assets},
            }
            for portal, members in portals
        ]
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    for portal, members in portals:
        click.echo(click.style(f"{_named(members)}: portal {portal.id}", bold=True))
        for path, seen in portal.pages.items():
            click.echo(
                f"  page    {path}  {state.articles[seen.input.key].title}"
                f"  (since {seen.dates.first}, updated {seen.dates.updated})"
            )
        for course in portal.courses.values():
            source = course.course.source
            click.echo(f"  course  {source.path}  {source.title}  ({'required' if course.required else 'optional'})")
        for path in portal.assets:
            click.echo(f"  asset   {path}")
