"""The subcommands: a module NAME holds the click command `command`, which is `todo NAME`."""
