"""What several algorithms share, a folder for each family; founded by the second member."""
