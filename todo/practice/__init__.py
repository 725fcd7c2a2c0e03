"""A guided course in the terminal: from lines that say nothing to a bottleneck that is gone."""
