"""The document: project, changes, edits, scenes, and how they are stored."""
