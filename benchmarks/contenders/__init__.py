"""One training step of a recurrent classifier, written in every way we know."""
