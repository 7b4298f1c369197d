"""What each stage but the plane shows, a file for each."""
