"""Formulas: LaTeX, typeset to pictures."""
