"""Graphs over time: what memory and edges are worth to a forecast."""
