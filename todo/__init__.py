"""TaskOverflow: a todos REST API whose every request can be followed."""
