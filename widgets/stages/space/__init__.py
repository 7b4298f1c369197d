"""Three dimensions."""
