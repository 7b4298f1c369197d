"""Sessions: runs being played, for whoever drives them."""
