"""Naming the class of every node from the classes of a few."""
