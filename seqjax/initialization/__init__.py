"""Orthogonal against other recurrent weights: what they are and can learn."""
