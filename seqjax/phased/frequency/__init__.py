"""Frequency discrimination: an LSTM that time opens, against two without gates."""
