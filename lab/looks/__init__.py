"""What the window and the exported pictures must agree on."""
