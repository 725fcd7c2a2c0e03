"""How often the verdict of a report is right: apps with a bottleneck planted in each."""
