"""What each command does to a pipeline: a family in each module, and `COMPILERS` with all."""

from ..pipeline import Compilers
from . import columns, overall, parse, patterns, relevance, rows, series, stats, tables

__all__ = ["COMPILERS"]

COMPILERS: Compilers = {
    **columns.COMPILERS,
    **rows.COMPILERS,
    **stats.COMPILERS,
    **parse.COMPILERS,
    **series.COMPILERS,
    **overall.COMPILERS,
    **patterns.COMPILERS,
    **relevance.COMPILERS,
    **tables.COMPILERS,
}
