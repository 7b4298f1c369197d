"""The plane."""
