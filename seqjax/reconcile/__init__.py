"""Why the reports disagree: one grid of all their settings, and a verdict per claim."""
