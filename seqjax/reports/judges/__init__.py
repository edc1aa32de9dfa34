"""From the results of the studies to a verdict on each claim."""
