"""Everything that meets the outside world, common to all studies."""
