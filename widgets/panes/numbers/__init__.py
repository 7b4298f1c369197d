"""This step in numbers."""
