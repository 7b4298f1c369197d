"""What each pane beside the plane shows, a file for each."""
