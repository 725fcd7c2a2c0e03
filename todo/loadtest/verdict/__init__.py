"""The verdict on a load test: whether the server was saturated, by what, and who is to blame.

`judge` works on the tables of `joined`, `samples` and `evidence`.
"""

from .judging import judge
from .model import Culprit, Difference, Served, Verdict, WhatIf

__all__ = ["Culprit", "Difference", "Served", "Verdict", "WhatIf", "judge"]
