"""The reports' derivations of dL/dW_ph and dL/dW_hh, as files that can be judged.

A file per report, each equation quoted above what is run. Where a report can be read in
two ways there is a file for the other reading. ``python -m seqjax.gradients check``
takes each; report 004 leaves both derivations open.
"""

from pathlib import Path

DERIVED: dict[str, tuple[str, ...]] = {
    "report_000.py": ("dW_ph", "dW_hh"),
    "report_000_indices.py": ("dW_hh",),
    "report_001.py": ("dW_ph", "dW_hh"),
    "report_002.py": ("dW_ph", "dW_hh"),
    "report_002_last_line.py": ("dW_hh",),
    "report_003.py": ("dW_ph", "dW_hh"),
    "report_003_literal_p.py": ("dW_ph",),
}
"""Which derivations each file has."""

FILES = {
    name: (Path(__file__).parent / name).read_text(encoding="utf-8") for name in DERIVED
}
"""Texts of the files, by name."""
