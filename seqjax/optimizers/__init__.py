"""Optimisers compared fairly: each at its own best learning rate, on fresh seeds."""
