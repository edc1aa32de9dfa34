"""The files of a run: written, locked, checked and read back."""
