"""The document, the player and its worker."""
