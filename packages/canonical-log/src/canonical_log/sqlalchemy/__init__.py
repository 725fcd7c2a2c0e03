"""For SQLAlchemy: every statement as an event, and in the roll-up of its request."""

from .engines import find_engines, has_engine, instrument, is_finding_engines

__all__ = ["find_engines", "has_engine", "instrument", "is_finding_engines"]
