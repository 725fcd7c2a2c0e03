"""The schema's revisions, and what applies them."""
