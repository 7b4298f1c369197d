"""Beside the plane: data, algorithm, settings, device."""
