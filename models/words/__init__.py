"""Words: texts in both languages, sentences, and the way numbers are written."""
