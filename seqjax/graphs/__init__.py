"""Graphs: convolutions on them, what reaches what, over time, and trees."""
