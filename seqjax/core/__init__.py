"""Plain functions on arrays: cells, recurrence, adjoints, losses, statistics."""
