"""What a reader sees of a run: progress, figures, curves, words."""
