"""``prmbuild infra``."""

import json
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import click

from prmbuild.cli.options import format_option
from prmbuild.infra.parameters import PARAMETERS

if TYPE_CHECKING:
    from prmbuild.infra.cloudformation import Change, Event

_STACK = "prm"

_STACK_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")
"""Source: AWS CloudFormation API Reference, CreateStack, ``StackName``."""

_REGION = re.compile(r"(?:[a-z]{2,}(?:-[a-z0-9]+)+)?")

_Command = Callable[..., None]


class _Name(click.ParamType[str]):
    """A text of a form.

    Args:
        form: its pattern.
        about: what it is, for people.
    """

    name = "name"

    def __init__(self, form: re.Pattern[str], about: str) -> None:
        self._form = form
        self._about = about

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text, or fail as a usage error."""
        if not self._form.fullmatch(str(value)):
            self.fail(f"'{value}' is no {self._about}", param, ctx)
        return str(value)


@click.group("infra")
def infra_command() -> None:
    """Make and change what portals need on AWS, as one CloudFormation stack."""


def _stack_options(command: _Command) -> _Command:
    """Add ``--stack`` and ``--region``."""
    command = click.option(
        "--region",
        type=_Name(_REGION, "region of AWS, such as eu-central-1"),
        default="",
        metavar="REGION",
        help="Region of AWS. Default: AWS_REGION, or that of your profile.",
    )(command)
    return click.option(
        "--stack",
        type=_Name(_STACK_NAME, "stack's name: letters, digits and -, a letter first"),
        default=_STACK,
        show_default=True,
        metavar="NAME",
        help="Name of the stack.",
    )(command)


def _parameter_options(command: _Command) -> _Command:
    """Add an option for every parameter of the template."""
    for one in reversed(PARAMETERS):
        command = click.option(
            one.option,
            one.name,
            type=click.Choice(one.choices) if one.choices else str,
            default=None,
            metavar=one.metavar,
            help=f"{one.about}{f' Default: {one.default}.' if one.default else ''}",
        )(command)
    return command


@infra_command.command("template")
def template_command() -> None:
    """Print the template, for those who deploy it by other means."""
    from prmbuild.infra.template import as_text

    click.echo(as_text(), nl=False)


@infra_command.command("deploy")
@_stack_options
@click.option("--plan", "only_plan", is_flag=True, help="Say what would change, and do nothing.")
@_parameter_options
@format_option("text", "json")
def deploy_command(stack: str, region: str, only_plan: bool, form: str, **parameters: str | None) -> None:
    """Create the stack, or bring it up to date, and wait until it is there.

    What is not said stays as it was said before. An option with nothing in it ("") takes something away.
    """
    from prmbuild.infra.cloudformation import Stack
    from prmbuild.infra.deploy import deploy

    given = {name: value for name, value in parameters.items() if value is not None}
    for one in PARAMETERS:
        if not one.takes(given.get(one.name, "")):
            raise click.BadParameter(f"'{given[one.name]}' is no {one.metavar}", param_hint=one.option)
    done = deploy(Stack(stack, region), given, only_plan=only_plan, told=_tell)
    if not done.changes:
        click.echo("nothing to do: the stack is as it should be", err=True)
    elif only_plan:
        click.echo("nothing is done; without --plan it will be", err=True)
    if done.outputs:
        _show(done.outputs, form)


@infra_command.command("outputs")
@_stack_options
@format_option("text", "json")
def outputs_command(stack: str, region: str, form: str) -> None:
    """Say what the stack is called where: what to write into prm.yaml, and which role the pipeline takes."""
    from prmbuild.errors import StackError
    from prmbuild.infra.cloudformation import Stack

    found = Stack(stack, region)
    outputs = found.outputs()
    if outputs is None:
        raise StackError(
            f"there is no stack '{stack}' in {found.region}", hint="prmbuild infra deploy makes it; --region, --stack"
        )
    _show(outputs, form)


def _tell(what: "Change | Event") -> None:
    from prmbuild.infra.cloudformation import Change

    if isinstance(what, Change):
        sign = {"Add": "+", "Remove": "-"}.get(what.action, "~")
        click.echo(f"{sign} {what.name} ({what.kind}){', replaced' if what.replaced else ''}", err=True)
    elif what.reason or not what.state.endswith("_IN_PROGRESS"):
        click.echo(f"{what.name}: {what.state}{f': {what.reason}' if what.reason else ''}", err=True)


def _show(outputs: Mapping[str, str], form: str) -> None:
    if form == "json":
        click.echo(json.dumps(outputs, indent=2))
        return
    click.echo("# prm.yaml")
    click.echo(f"portal_url: {outputs['PortalUrl']}")
    click.echo("publish:")
    click.echo(f"  to: {outputs['PublishTo']}")
    click.echo(f"  edge: {outputs['PublishEdge']}")
    click.echo("\n# requirements.in")
    click.echo("# prmbuild[aws] in place of prmbuild; then: make lock setup")
    if "RoleArn" in outputs:
        click.echo("\n# variables of the pipeline's environment")
        click.echo(f"# AWS_REGION={outputs['Region']}")
        click.echo(f"# AWS_ROLE_ARN={outputs['RoleArn']}")
    click.echo("\n# else")
    for name, value in outputs.items():
        if name not in _SAID:
            click.echo(f"# {name}: {value}")


_SAID = ("PortalUrl", "PublishTo", "PublishEdge", "BucketName", "Region", "RoleArn")
