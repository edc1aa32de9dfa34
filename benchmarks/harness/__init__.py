"""What every benchmark shares: processes, turns, agreement, the ceiling, the report."""
