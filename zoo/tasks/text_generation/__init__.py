"""Text generation: language models of words and of characters."""
