"""Data from outside: texts and graphs, read, checked and downloaded."""
