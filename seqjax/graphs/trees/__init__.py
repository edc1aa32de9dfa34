"""Trees: Tree-LSTMs on expressions, beside sequential cells on the same strings."""
