"""Scenes, the projector, the question card."""
