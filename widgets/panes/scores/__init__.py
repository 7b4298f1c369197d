"""Scores and confusion matrices."""
