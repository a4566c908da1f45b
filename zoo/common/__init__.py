"""What everything else may use: text and files handled with care, and small checks of arguments."""
