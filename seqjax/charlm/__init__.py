"""Character language models: what they learn of a text, and what they only remember."""
