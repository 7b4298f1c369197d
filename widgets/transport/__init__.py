"""Under the plane: going through a run, and what is said of it."""
