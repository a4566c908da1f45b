"""Sentences to subword ids and back, the same for the Keras models and for the pipelines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from zoo.common.user_warnings import warn_user
from zoo.errors import CheckpointError, shown
from zoo.text.forms import INVISIBLE, SPACES, SUBWORDS
from zoo.text.pieces import LONG, PIECE, Pieces, batches
from zoo.text.vocabularies import check_vocabulary

__all__ = [
    "END",
    "LONGEST_WORD",
    "SubwordEncoder",
    "SubwordReader",
    "decode",
    "parse_subword_tokenizer",
    "train_subword_tokenizer",
]

# Ids of the special tokens, in every subword vocabulary of the zoo; the first three as in
# `zoo.text.encoding`.
END = 3
# A word of a sentence is cut after so many characters, with a warning. Subwords are merged in an
# order of their own, so that what ends a word may in theory change its start.
LONGEST_WORD = 100_000
SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[START]", "[END]")


def train_subword_tokenizer(texts: Iterable[str], vocabulary_size: int) -> Tokenizer:
    """Make a byte-pair tokenizer of `texts`; it takes any text and gives every one back.

    Args:
        texts: the training sentences.
        vocabulary_size: number of token ids, the special tokens and the 256 bytes included.

    Example:
        >>> tokenizer = train_subword_tokenizer(["Zwei Hunde", "Zwei Katzen"], 300)
        >>> tokenizer.decode(tokenizer.encode("Zwei Hunde \\u2603").ids)
        ' Zwei Hunde ☃'

    Reference:
        [Sennrich et al., 2016](https://aclanthology.org/P16-1162/)
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = _normalizer()
    # A word at the start is the same token as within a sentence.
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        texts,
        trainers.BpeTrainer(
            vocab_size=vocabulary_size,
            special_tokens=list(SPECIAL_TOKENS),
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    return tokenizer


def _normalizer() -> normalizers.Normalizer:
    return normalizers.Sequence(
        [
            normalizers.Replace(Regex(INVISIBLE), ""),
            normalizers.NFC(),
            # One plain space for all that separates words, or each would be letters of its own.
            normalizers.Replace(Regex(SPACES), " "),
            normalizers.Strip(),
        ]
    )


def parse_subword_tokenizer(data: bytes, vocabulary_size: int) -> Tokenizer:
    """Read a tokenizer's file and check that every id it can give has an embedding.

    Args:
        data: content of a `tokenizer.json` of the tokenizers library.
        vocabulary_size: number of rows of the embedding table.

    Raises:
        CheckpointError: the file is malformed or not of a subword tokenizer of the zoo, its ids
            do not fit the table, or it does not take any text.
    """
    check_vocabulary(data, SUBWORDS, vocabulary_size)
    try:
        tokenizer = Tokenizer.from_buffer(data)
    except Exception as error:  # the library raises a bare Exception
        raise CheckpointError(
            f"Expected a tokenizer file of the tokenizers library. Received: {shown(str(error))}"
        ) from None
    # All bytes stand in the vocabulary, so that no text is without ids.
    missing = set(pre_tokenizers.ByteLevel.alphabet()) - set(tokenizer.get_vocab())
    if missing:
        raise CheckpointError(
            "Expected a token for each of the 256 bytes in the vocabulary. "
            f"Received: none for {shown(sorted(missing)[0])}"
        )
    tokenizer.normalizer = _normalizer()  # also of a file of version 0.1.0
    # Special tokens are put around the ids here, not by the file; a sentence that spells one out
    # must not become it.
    tokenizer.encode_special_tokens = True
    return tokenizer


class SubwordReader:
    """Reads the start of long sentences with a subword tokenizer.

    Args:
        tokenizer: a subword tokenizer of the zoo.
        piece: characters that are read at once.

    Example:
        >>> reader = SubwordReader(train_subword_tokenizer(["a b"], 262), piece=2)
        >>> len(reader.read("a b a b", 3)[0])
        3
    """

    def __init__(self, tokenizer: Tokenizer, piece: int = PIECE) -> None:
        self.tokenizer, self.piece = tokenizer, piece
        self._normalizer = normalizers.Sequence(
            [normalizers.NFC(), normalizers.Replace(Regex(SPACES), " ")]
        )

    def read(self, text: str, most: int | None = None) -> tuple[list[int], bool]:
        """Return the first token ids of a text, and whether there are more.

        Args:
            text: the text.
            most: how many ids are kept; None keeps all.
        """
        ids: list[int] = []
        held = ""
        for run in Pieces(self._normalizer, self.piece)(text):
            held += run.text[1:] if held.endswith(" ") and run.text[:1] == " " else run.text
            # A token reaches into the next word's, but not across the space before it.
            end = held.rfind(" ")
            if end <= 0 and len(held) > LONGEST_WORD:
                warn_user(
                    f"A word of more than {LONGEST_WORD:,} characters is read as several.",
                )
                end = len(held)
            if end > 0:
                ids += self.tokenizer.encode(held[:end]).ids
                held = held[end:]
            if most is not None and len(ids) > most:
                return ids[:most], True
        ids += self.tokenizer.encode(held).ids
        return ids[:most], most is not None and len(ids) > most


class SubwordEncoder:
    """Turns sentences into token ids that end with the end token, cut to a length.

    Args:
        tokenizer: a subword tokenizer.
        length: most tokens of a sentence, the end token included; None cuts none.

    Example:
        >>> encode = SubwordEncoder(train_subword_tokenizer(["a b"], 262), 3)
        >>> [ids.tolist()[-1] for ids in encode(["a b", ""])]
        [3, 3]
    """

    def __init__(self, tokenizer: Tokenizer, length: int | None = None) -> None:
        self.tokenizer = tokenizer
        self.length = length

    def __call__(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Return an int32 array of token ids for every sentence."""
        return [np.array([*ids, END], np.int32) for ids, _ in self._read(texts)]

    def with_cuts(self, texts: Sequence[str]) -> tuple[list[np.ndarray], np.ndarray]:
        """Return what calling the encoder does, and which sentences are longer, as bool array."""
        read = self._read(texts)
        ids = [np.array([*ids, END], np.int32) for ids, _ in read]
        return ids, np.array([more for _, more in read], bool)

    def _read(self, texts: Sequence[str]) -> list[tuple[list[int], bool]]:
        most = None if self.length is None else self.length - 1
        read: list[tuple[list[int], bool]] = [([], False)] * len(texts)
        rows = [row for row, text in enumerate(texts) if len(text) <= LONG]
        short = [texts[row] for row in rows]
        for part in batches(short):
            encodings = self.tokenizer.encode_batch_fast(short[part])
            for row, encoding in zip(rows[part], encodings, strict=True):
                ids = encoding.ids
                read[row] = ids[:most], most is not None and len(ids) > most
        if len(rows) < len(texts):
            reader = SubwordReader(self.tokenizer)
            for row, text in enumerate(texts):
                if len(text) > LONG:
                    read[row] = reader.read(text, most)
        return read


def decode(tokenizer: Tokenizer, sequences: Iterable[Iterable[int]]) -> list[str]:
    """Return the sentences of token ids, up to the end token of each.

    Args:
        tokenizer: a subword tokenizer.
        sequences: token ids; special tokens are left out.

    Example:
        >>> tokenizer = train_subword_tokenizer(["a b"], 262)
        >>> decode(tokenizer, [[*tokenizer.encode("b a").ids, END, 7]])
        ['b a']
    """
    texts = []
    for sequence in sequences:
        ids = [int(token) for token in sequence]
        ids = ids[: ids.index(END)] if END in ids else ids
        texts.append(tokenizer.decode(ids, skip_special_tokens=True).strip())
    return texts
