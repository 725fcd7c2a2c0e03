"""The step about load: many at once, and what it does to them."""

from .loads import reports, serve_and_load
from .step import NotYet, Step, same

__all__ = ["Loaded"]

_SCALE, _SPEED = "0.05", "30"


class Loaded(Step):
    """The published scenario in small: planners and studiers."""

    def story(self) -> str:
        """Says what is run, and where the page is."""
        return (
            "A class studies: many studiers look at their todos, and a few planners make todos and"
            " delete them again. Load TaskOverflow with them, in small:\n\n"
            "  todo practice run\n\n"
            "Read the table, or the page that it names. Which route had the highest p95 of what"
            " clients waited? (METHOD /path, as the table has it)"
        )

    def run(self) -> None:
        """Serves TaskOverflow and loads it."""
        serve_and_load(self.folder, ["--seed", "--scale", _SCALE, "--speed", _SPEED])

    def check(self, answer: str | None) -> str:
        """The route that is slowest by its p95."""
        same(answer, self._slowest())
        return (
            "A mean hides those who wait longest; a percentile says how long. And every request"
            " that k6 measured has its line in the log, so that a slow one can be looked at."
        )

    def solution(self) -> str:
        """Runs it, and reads the report."""
        self.run()
        return self._slowest()

    def _slowest(self) -> str:
        found = reports(self.folder)
        if not found:
            raise NotYet("There is no report yet: todo practice run")
        _, report = found[-1]
        routes = (each for each in report["routes"] if each["client_p95"] is not None)
        name: str = max(routes, key=lambda each: each["client_p95"])["name"]
        return name
