"""Composing: from a frame of a run to what is shown of it."""
