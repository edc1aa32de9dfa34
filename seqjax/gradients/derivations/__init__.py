"""A hand derivation held against exact back-propagation through time."""
