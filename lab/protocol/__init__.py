"""What crosses the thread: records only."""
