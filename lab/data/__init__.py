"""Data sets: made, shipped and read."""
