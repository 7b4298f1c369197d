"""The activation function."""
