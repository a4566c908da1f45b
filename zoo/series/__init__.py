"""What tasks of numeric series share: files, arrays, scores, pictures."""
