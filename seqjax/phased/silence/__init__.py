"""Memory across long silence, with a time gate and without."""
