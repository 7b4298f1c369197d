"""What leaves the laboratory: pictures, models, figures, the command line."""
