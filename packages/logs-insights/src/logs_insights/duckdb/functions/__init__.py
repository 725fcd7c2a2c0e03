"""The functions of Logs Insights QL but for the aggregates: a family in each module."""

from . import addresses, general, numbers, structures, texts, times
from .function import Function

__all__ = ["FUNCTIONS", "Function"]

_ALL = (
    *general.FUNCTIONS,
    *numbers.FUNCTIONS,
    *texts.FUNCTIONS,
    *structures.FUNCTIONS,
    *addresses.FUNCTIONS,
    *times.FUNCTIONS,
)
FUNCTIONS = {function.name.lower(): function for function in _ALL}
