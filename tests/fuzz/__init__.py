"""Mutated files for every reader of strangers' files: `python -m tests.fuzz --minutes 5`.

A mutant is a good file with something changed: bytes, members of a zip, values of JSON, headers of arrays, cells of a
table. What counts: a reader gives our own error or a value, within 2 seconds and 200 MB; and a value can be used as a
person would use it, one step far, without another error. See readers.py for the table of readers.
"""
