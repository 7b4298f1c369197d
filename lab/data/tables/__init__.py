"""Tables from files: what is in them, and what is meant."""
