"""Panes: what stands beside the stage."""
