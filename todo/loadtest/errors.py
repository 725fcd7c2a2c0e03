"""What keeps a load test from being run, or from being reported on."""

__all__ = ["LoadError", "ReportError"]


class LoadError(Exception):
    """The load test cannot be run; the text says why and what to do."""


class ReportError(Exception):
    """There is nothing to report on; the text says why and what to do."""
