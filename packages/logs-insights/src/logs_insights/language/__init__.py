"""The language: its grammar, its syntax tree and its parser."""
