"""Claims and what becomes of them, by rules that are set before the measurement.

A claim "holds" or "does not hold" only where the interval over seeds says so. It is
known by its id; its words are for readers, and may change.
"""
