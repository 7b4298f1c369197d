"""Running: the loop, the run, its timeline and figures."""
