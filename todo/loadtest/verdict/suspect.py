"""Who may be to blame, and for how much."""

from dataclasses import dataclass
from dataclasses import field as made

from .model import Layer
from .spending import Use
from .statements import RouteStatement
from .tally import Tally

__all__ = ["Suspect", "Suspects"]


@dataclass
class Suspect:
    """Something that keeps threads busy, with the time that it and those who wait for it take."""

    layer: Layer
    route: str | None
    ms: float = 0.0
    cpu_ms: float = 0.0
    """Of them, what it used of the CPU itself."""
    locations: Tally[tuple[str, str | None]] = made(default_factory=Tally)
    statements: list[RouteStatement] = made(default_factory=list)
    waiting: Tally[str] = made(default_factory=Tally)
    """The milliseconds that each route waits for it."""
    notes: list[str] = made(default_factory=list)
    holder: str | None = None
    field: str | None = None
    example: str | None = None

    def add(self, use: Use, ms: float) -> None:
        """Adds so many milliseconds of this use."""
        self.ms += ms
        if use.location:
            self.locations.add((use.location, use.call), ms)

    def ms_of(self, route: str) -> float:
        """The milliseconds of this route's requests among them: of its own, and of waiting."""
        own_ms = self.ms - self.waiting.total() if route == self.route else 0.0
        return own_ms + self.waiting.get(route, 0.0)


class Suspects(dict[tuple[Layer, str | None], Suspect]):
    """All of them, by layer and route."""

    def of(self, layer: Layer, route: str | None) -> Suspect:
        """The one of this layer and route; a new one where there is none."""
        return self.setdefault((layer, route), Suspect(layer, route))
