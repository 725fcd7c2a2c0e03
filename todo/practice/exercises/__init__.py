"""The exercises of `todo practice`, a file each; docs/how-to/practice.md says how to add one."""
