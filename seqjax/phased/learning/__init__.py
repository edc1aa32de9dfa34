"""Learning the period, the shift or the open ratio of a gate alone, all three, none."""
