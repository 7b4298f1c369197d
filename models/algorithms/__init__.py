"""The algorithms, a folder for each."""
