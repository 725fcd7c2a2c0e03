"""`python -m canonical_log`: the table of this package's fields, in Markdown."""

from .fields import markdown_table

if __name__ == "__main__":
    print(markdown_table(), end="")
