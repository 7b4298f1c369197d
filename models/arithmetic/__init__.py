"""Arithmetic that several algorithms run on: lanes, blocks, products, draws, the loop on an accelerator."""
