"""Stages: what stands in the middle of the window."""
