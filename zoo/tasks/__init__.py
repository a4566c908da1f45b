"""Tasks, a folder each; the name of the folder is its registration."""
