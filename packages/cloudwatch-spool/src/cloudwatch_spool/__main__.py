"""`python -m cloudwatch_spool`."""

from .command import main

main()
