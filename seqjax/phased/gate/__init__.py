"""The gate by itself: report 001's four panels, and any setting that a person gives."""
