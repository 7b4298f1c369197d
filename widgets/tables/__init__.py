"""Importing tables."""
