"""Where a checkpoint of an encoder-decoder keeps the vocabulary of what it reads."""

__all__ = ["SOURCE_TOKENIZER"]

SOURCE_TOKENIZER = "assets/source_tokenizer/tokenizer.json"
