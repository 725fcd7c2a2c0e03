"""`todo practice`: the course."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ._settings import current_settings

if TYPE_CHECKING:  # without the extra `insights` the command still loads
    from ..practice.course import Course
    from ..practice.step import Step

__all__ = ["command"]

_ACTIONS = ("show", "run", "check", "solve", "list", "go", "reset")


@click.command("practice")
@click.argument("action", type=click.Choice(_ACTIONS), default="show")
@click.argument("answer", required=False)
@click.option(
    "--exercises",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder with exercises of your own, instead of those that come along.",
)
def command(action: str, answer: str | None, exercises: Path | None) -> None:
    """Learn to find a bottleneck, step by step.

    \b
    todo practice               what to do now
    todo practice run           serve and load what the step is about
    todo practice check ANSWER  whether that is it
    todo practice solve         have the step done for you
    todo practice list          all steps; `go NAME` chooses one
    todo practice reset         forget everything, your files too

    What you make is kept in TODO_STATE_DIR/practice. The exit code is 1 while a step is not done.
    """
    from ..practice.course import EXERCISES, Course, NotYet

    course = Course(current_settings().state_dir.absolute() / "practice", exercises or EXERCISES)
    try:
        _act(course, action, answer)
    except NotYet as not_yet:
        click.echo(str(not_yet))
        sys.exit(1)


def _act(course: "Course", action: str, answer: str | None) -> None:
    if action == "list":
        for each in course.steps:
            click.echo(f"{'done' if course.is_done(each) else '':<5} {each.name:<20} {each.title}")
        return
    if action == "reset":
        course.reset()
        return
    if action == "go":
        course.go_to(answer or "")
    step = course.current()
    if step is None:
        click.echo("All steps are done.")
    elif action == "run":
        course.story(step)
        step.run()
    elif action == "check":
        _check(course, step, answer)
    elif action == "solve":
        _solve(course, step)
    else:
        _show(course, step)


def _show(course: "Course", step: "Step") -> None:
    number = course.steps.index(step) + 1
    click.secho(f"Step {number} of {len(course.steps)}: {step.title}\n", bold=True)
    click.echo(course.story(step))
    click.echo("\nAnswer with: todo practice check ANSWER")


def _check(course: "Course", step: "Step", answer: str | None) -> None:
    click.echo(course.check(step, answer))
    following = course.current()
    click.echo()
    if following:
        _show(course, following)
    else:
        click.echo("All steps are done.")


def _solve(course: "Course", step: "Step") -> None:
    """Until the step is done: an exercise has two parts."""
    from ..practice.course import NotYet

    course.story(step)
    try:
        learned = course.check(step, step.solution())
    except NotYet as not_yet:
        click.echo(str(not_yet))
        learned = course.check(step, step.solution())
    click.echo(learned)
