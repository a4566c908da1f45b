"""Names in text from a checkpoint through ONNX Runtime and NumPy, without importing Keras."""

from __future__ import annotations

from typing import Any, NoReturn

from zoo.common.cores import cores
from zoo.common.notebook import line
from zoo.errors import InputError, shown
from zoo.formats import Checkpoint
from zoo.graphs.engines import ENGINES
from zoo.schema import ModelInfo
from zoo.sessions.session import Streaming
from zoo.tasks.token_classification.emissions import SessionReader
from zoo.tasks.token_classification.tagger import BATCH, Tagger

__all__ = ["TokenClassificationPipeline"]


class TokenClassificationPipeline(Tagger, Streaming):
    """Finds names in raw texts with the weights of a checkpoint; made by `zoo.pipeline`.

    Args:
        source: a verified checkpoint of the task `token-classification`.
        threads: batches computed side by side; None means one for every core.
        engine: what computes; None for ONNX Runtime.

    Attributes:
        info: the checkpoint's record.
        threads: batches computed side by side.
        engine: what computes.
        reader: what its network says of words, before the chain.

    Example:
        >>> import zoo
        >>> find = zoo.pipeline("bilstm-crf-conll2003")  # doctest: +SKIP
        >>> find("EU rejects German call to boycott British lamb.")[0]  # doctest: +SKIP
        {'entity_group': 'ORG', 'score': 0.99, 'word': 'EU', 'start': 0, 'end': 2}
    """

    def __init__(
        self, source: Checkpoint, threads: int | None = None, engine: str | None = None
    ) -> None:
        self.info: ModelInfo = source.info
        self.threads = threads or cores()
        self._source, self.engine = source, engine or ENGINES[0]
        self.reader = SessionReader(source, self.threads, engine)

    def __reduce__(self) -> Any:
        # Sessions of ONNX Runtime cannot be copied: they are made anew from what was read.
        return type(self), (self._source, self.threads, self.engine)

    def __repr__(self) -> str:
        return line(self, self.info.name, task=self.info.task)

    def session(self) -> NoReturn:
        """Refuse a session: what a word is depends on the words that follow.

        Raises:
            InputError: always.
        """
        self._refuse()

    @property
    def _stream(self) -> NoReturn:
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise InputError(
            "Expected a network that reads from the start to the end alone, such as lstm-imdb's, "
            f"for a text that arrives piece by piece. Received: {shown(self.info.name)}: "
            f"{self._source.backbone.ahead}. Give it whole texts"
        )

    def __call__(self, texts: Any, batch_size: int = BATCH) -> list[Any]:
        """Find the names in texts; warns of texts that hold no word, or letters of other scripts.

        A text is cut into words and sentences by rule; what is said in it elsewhere of the same
        word counts too.

        Args:
            texts: a text, or what yields texts: a list, an array, a generator, a column of
                pandas, polars or PyArrow.
            batch_size: texts computed at once, fewer where memory is short for the longest; it
                changes the speed, not the answers.

        Returns:
            For one text a list of entities in their order, each a dictionary: `entity_group`, its
            type; `score`, the probability that just these words are an entity of this type, by
            the sum over all tags of the sentence; `word`, how it stands in the text; `start` and
            `end`, its first character and the one after the last. For several texts a list of
            such lists.

        Raises:
            InputError: there is no text, something that is no text, or `batch_size` is not a
                positive number.
        """
        return self.find_names(texts, batch_size)
