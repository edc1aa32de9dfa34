"""How gradients flow back through time, and whether a hand derivation is right."""
