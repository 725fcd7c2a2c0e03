"""An exercise: an app with a bottleneck, to be found in the report and then fixed in a copy."""

import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from ..loadtest.comparison import compare
from ..loadtest.comparison_text import as_text
from .loads import reports, serve_and_load
from .step import NotYet, Step, same

__all__ = ["MARKER", "Exercise"]

MARKER = "# For the teacher: what is below is not in the learner's copy.\n"
_SCRIPT = Path("k6") / "examples" / "practice.js"


@dataclass(frozen=True)
class Exercise(Step):
    """It has two parts: to name the layer, and to make the route faster."""

    file: Path

    @property
    def copy(self) -> Path:
        """The learner's file."""
        return self.folder / self.file.name

    @property
    def is_found(self) -> bool:
        """Whether the first part is done."""
        return (self.folder / "found").exists()

    def story(self) -> str:
        """Makes the copy, and says what to do with it."""
        if not self.copy.exists():
            self.copy.write_text(self.file.read_text(encoding="utf-8").partition(MARKER)[0])
        what = (self._module().__doc__ or "").strip()
        if self.is_found:
            return (
                f"{what}\n\nNow repair it in {self.copy}, run the same load again, and have it"
                " checked:\n\n  todo practice run\n  todo practice check"
            )
        return (
            f"{what}\n\nThe app is {self.copy}. Load it, and look for the cause in the report, with"
            f" `todo trace` and `todo insights` (--archive {self.folder / 'logs'}), before you look"
            " at the code:\n\n  todo practice run\n\n"
            "Which layer is the bottleneck? One of database, lock, pool, commit, upstream, cpu,"
            " gil, app_lock, threads, logging, memory."
        )

    def run(self) -> None:
        """Serves the copy and loads it."""
        self.story()
        rates = json.dumps(self._module().RATES)
        app = ["--app", f"{self.copy}:factory"]
        serve_and_load(self.folder, [str(_SCRIPT)], app, PRACTICE_RATES=rates)

    def check(self, answer: str | None) -> str:
        """First the layer, then the comparison of the first run with the newest."""
        if not reports(self.folder):
            raise NotYet("There is no report yet: todo practice run")
        if not self.is_found:
            same(answer, self._module().LAYER)
            (self.folder / "found").touch()
            raise NotYet(f"That is it.\n\n{self.story()}")
        learned: str = self._module().LEARNED
        return f"{self._compared()}\n\n{learned}"

    def solution(self) -> str | None:
        """Runs it and names the layer; then repairs the copy and runs it again."""
        module = self._module()
        if not self.is_found:
            self.run()
            layer: str = module.LAYER
            return layer
        text = self.copy.read_text(encoding="utf-8")
        for broken, right in module.SOLUTION:
            text = text.replace(broken, right)
        self.copy.write_text(text, encoding="utf-8")
        self.run()
        return None

    def _compared(self) -> str:
        runs = reports(self.folder)
        if len(runs) == 1:
            raise NotYet(f"Change {self.copy}, then: todo practice run")
        (before, _), (after, report) = runs[0], runs[-1]
        comparison, module = compare(before, after), self._module()
        said = f"$ todo compare {before.name} {after.name}\n{as_text(comparison)}"
        first = next(iter(report["verdict"]["culprits"]), None)
        if first and (first["layer"], first["route"]) == (module.LAYER, module.ROUTE):
            raise NotYet(f"{said}\n\nIt is still there: {report['verdict']['sentence']}")
        if not any(c.name == module.ROUTE and c.word == "faster" for c in comparison.changes):
            raise NotYet(f"{said}\n\n{module.ROUTE} is not faster than before.")
        return said

    def _module(self) -> ModuleType:
        spec = importlib.util.spec_from_file_location(self.name, self.file)
        if spec is None or spec.loader is None:
            raise NotYet(f"{self.file} is no Python file")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
