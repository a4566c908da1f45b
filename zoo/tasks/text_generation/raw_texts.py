"""Language models learn from raw texts and score them, as part of a KerasHub task."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import keras_hub
import numpy as np
from keras import ops

from zoo.checkpoint.recorded import RecordedTask
from zoo.common.wrapped_errors import own_errors
from zoo.errors import InputError, shown
from zoo.networks.recurrent.stream import StreamModel
from zoo.tasks.text_generation.doubts import prompt_doubts
from zoo.tasks.text_generation.sampling import log_softmax
from zoo.tasks.text_generation.sequences import batches, cut, dataset_of_sequences, weights_of
from zoo.text.encoding import PAD, check_text, check_texts, holds_texts
from zoo.text.language import END

__all__ = ["RawTextCausalLM"]

_BLOCK = 128  # tokens whose logits are there at once


@contextmanager
def _of_unknown_number(asked: bool) -> Iterator[None]:
    """Leave Keras' warning out that data ended, unless more was asked for than there is."""
    with warnings.catch_warnings():
        if not asked:
            # How many sequences there are of a data set's texts shows at their end.
            warnings.filterwarnings("ignore", "Your input ran out of data", UserWarning)
        yield


class RawTextCausalLM(RecordedTask, keras_hub.models.CausalLM):
    """Base of the language models: `fit`, `evaluate` and scores; subclasses bring the network."""

    backbone: Any
    preprocessor: Any
    logits_of: Callable[[Any], Any]
    _read_function: Callable[..., Any] | None = None

    def preprocess_samples(self, x: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """Return what the network reads of texts; token ids pass as they are.

        Args:
            x: texts, or `{"token_ids", "padding_mask"}`.
            y: what follows each token, with token ids.
            sample_weight: weights.
        """
        if isinstance(x, dict):
            return keras.utils.pack_x_y_sample_weight(x, y, sample_weight)
        return super().preprocess_samples(x, y, sample_weight)

    def _sequences(self, x: Any, sample_weight: Any) -> tuple[np.ndarray, np.ndarray | None]:
        """Return texts cut to sequences, and the weight of each if there are any."""
        texts = check_texts(x)
        weights = weights_of(sample_weight, len(texts))
        assert self.preprocessor is not None
        prompt_doubts(self.preprocessor.tokenizer.language(), texts).warn()
        ids = self.preprocessor.tokenizer.encode(texts)
        longest = max(map(len, ids))
        if not longest:
            raise InputError(
                f"Expected texts with a token to learn, such as 'to be'. Received: {shown(texts)}"
            )
        rows, numbers = cut(ids, min(self.preprocessor.sequence_length, -(-longest // 32) * 32))
        return rows, None if weights is None else weights[numbers]

    def _of_texts(
        self, x: Any, y: Any, sample_weight: Any, batch_size: int | None, **how: Any
    ) -> Any:
        """Return a data set of sequences of texts, or of batches of texts."""
        assert self.preprocessor is not None
        if y is not None:
            raise InputError(
                "Expected texts alone, for what follows a token is what there is to learn. "
                f"Received: y of type {type(y).__name__}"
            )
        if hasattr(x, "element_spec"):
            if sample_weight is not None or batch_size is not None:
                raise InputError(
                    "Expected a tf.data data set without sample_weight and batch_size, for its "
                    "batches are as they are. Received: one of them"
                )
            encode = self.preprocessor.tokenizer.encode
            return dataset_of_sequences(x, encode, self.preprocessor.sequence_length)
        return batches(*self._sequences(x, sample_weight), batch_size or 32, **how)

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        sample_weight: Any = None,
        validation_data: Any = None,
        validation_split: float | None = None,
        **kwargs: Any,
    ) -> Any:
        """Train on raw texts; see `keras.Model.fit`.

        Texts are cut to sequences of the preprocessor's `sequence_length`, and nothing is left
        out; each sequence is read with a state of zeros before it. `zoo.finetune` carries the state
        from one to the next.

        Args:
            x: a text, or what yields texts, such as a list, or an open file, whose lines are texts
                then; or a `tf.data` data set of batches of texts. Without a preprocessor, or as a
                dictionary: token ids, with `y` what follows each.
            y: nothing, for texts.
            batch_size: sequences a step, 32 by default.
            sample_weight: weight of every text in the loss.
            validation_data: texts as `x`.
            validation_split: share of the sequences, the last ones, to validate on instead.
            **kwargs: as for `keras.Model.fit`; sequences are shuffled before every epoch unless
                `shuffle=False`.

        Raises:
            InputError: something is not a text, or there are labels of texts.
        """
        if self.preprocessor is None or isinstance(x, dict):
            kwargs.setdefault("shuffle", False)  # KerasHub shuffles no arrays; Keras warns of it
            return super().fit(
                x, y, batch_size, sample_weight, validation_data, validation_split, **kwargs
            )
        shuffle = kwargs.pop("shuffle", True)
        if validation_split and validation_data is None and not hasattr(x, "element_spec"):
            if y is not None:
                self._of_texts(x, y, None, None)
            rows, weights = self._sequences(x, sample_weight)
            at = int(len(rows) * (1 - validation_split))
            if not 0 < at < len(rows):
                raise InputError(
                    "Expected a validation_split that leaves sequences on both sides, such as "
                    f"0.1. Received: {validation_split} of {len(rows)} sequences"
                )
            parts = [
                (rows[part], weights if weights is None else weights[part])
                for part in (slice(None, at), slice(at, None))
            ]
            x = batches(*parts[0], batch_size or 32, shuffle)
            validation_data = batches(*parts[1], batch_size or 32)
        else:
            x = self._of_texts(x, y, sample_weight, batch_size, shuffle=shuffle)
            if validation_data is not None:
                validation_data = self._of_texts(validation_data, None, None, None)
        with own_errors(), _of_unknown_number("steps_per_epoch" in kwargs):
            return super().fit(x, validation_data=validation_data, shuffle=False, **kwargs)

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        sample_weight: Any = None,
        **kwargs: Any,
    ) -> Any:
        """Return loss, perplexity and accuracy on raw texts; see `keras.Model.evaluate`.

        Texts are cut as `fit` does, and each sequence is read with a state of zeros before it;
        `zoo.evaluate` and `log_likelihood` carry the state on.

        Args:
            x: texts, as for `fit`.
            y: nothing, for texts.
            batch_size: sequences a step, 32 by default.
            sample_weight: weight of every text.
            **kwargs: as for `keras.Model.evaluate`.

        Raises:
            InputError: something is not a text, or there are labels of texts.
        """
        cached = kwargs.get("_use_cached_eval_dataset", False)
        if not cached and self.preprocessor is not None and not isinstance(x, dict):
            x = self._of_texts(x, y, sample_weight, batch_size)
            y = sample_weight = batch_size = None
        with own_errors(), _of_unknown_number("steps" in kwargs):
            return super().evaluate(x, y, batch_size, sample_weight, **kwargs)

    def predict(self, x: Any = None, batch_size: int | None = None, **kwargs: Any) -> np.ndarray:
        """Return the logits of every token after each of raw texts.

        Args:
            x: a text, or what yields texts; or token ids as `{"token_ids", "padding_mask"}`.
            batch_size: texts a step.
            **kwargs: as for `keras.Model.predict`.

        Returns:
            float32 array of shape (texts, sequence_length, tokens): what follows the line end
            before a text, its first token, and so on. A longer text is cut, which is told in a
            warning.

        Raises:
            InputError: something is not a text.
        """
        if self.preprocessor is not None and holds_texts(x):
            x, _, _ = self.preprocessor(check_texts(x))
        with own_errors():
            logits: np.ndarray = super().predict(x, batch_size=batch_size, **kwargs)
        return logits

    def _reader(self) -> Callable[..., Any]:
        """Return what reads a block of tokens: states over time and the state after it."""
        if self._read_function is None:
            stream = StreamModel(self.backbone)

            def read(token_ids: np.ndarray, inside: np.ndarray, state: Any) -> Any:
                state = stream.initial_state(len(token_ids)) if state is None else state
                features = {"token_ids": token_ids, "padding_mask": inside}
                return stream.predict_on_batch((features, state))

            # A function, for Keras would take a model for a part of this one.
            self._read_function = read
        return self._read_function

    def log_likelihood(self, text: str) -> tuple[float, int]:
        """Return how probable a text is, read as a whole: the state goes from token to token.

        Of words every one counts, and every line end; of characters all but the first. The
        perplexity of the text is `exp(-nats / tokens)`. Words or characters that the model has not
        learnt count as the unknown token, and are told in a warning.

        Args:
            text: the text, of any length.

        Returns:
            The logarithm of its probability in nats, and how many tokens it is the product of.

        Raises:
            InputError: it is not a text, or the model has no preprocessor.
        """
        text = check_text(text)
        if self.preprocessor is None:
            raise InputError(
                "Expected a model with its preprocessor, as zoo.load returns it. "
                "Received: one without"
            )
        language = self.preprocessor.tokenizer.language()
        prompt_doubts(language, [text]).warn()
        told = language.encode(text)
        read = np.concatenate([[END], told[:-1]]).astype(np.int32)
        scores, state = np.zeros(len(told)), None
        for start in range(0, len(told), _BLOCK):
            ids = told[start : start + _BLOCK]
            block = np.full((1, _BLOCK), PAD, np.int32)
            block[0, : len(ids)] = read[start : start + _BLOCK]
            states, state = self._reader()(block, block != PAD, state)
            scores[start : start + len(ids)] = self._log_probabilities(states[0, : len(ids)], ids)
        counted = scores[1:] if language.unit == "characters" else scores
        return float(counted.sum()), len(counted)

    def _log_probabilities(self, states: np.ndarray, ids: np.ndarray) -> np.ndarray:
        """Return the logarithms of the probabilities of tokens after states, float64."""
        logits = np.asarray(ops.convert_to_numpy(self.logits_of(ops.convert_to_tensor(states))))
        chosen: np.ndarray = np.take_along_axis(log_softmax(logits), ids[:, None], axis=-1)[:, 0]
        return chosen

    def score(
        self,
        token_ids: Any,
        padding_mask: Any = None,
        scoring_mode: str = "logits",
        layer_intercept_fn: Callable[[Any, int], Any] | None = None,
        target_ids: Any = None,
    ) -> Any:
        """Return how probable texts are; of token ids the logits or the losses, as KerasHub does.

        Args:
            token_ids: texts, for which there is nothing else to give; or an integer array of shape
                (batch, time), the line end first, as `preprocessor.generate_preprocess` makes it.
            padding_mask: boolean array of that shape, where that is a token; None where all are.
            scoring_mode: `"logits"`, or `"loss"`, in nats.
            layer_intercept_fn: takes what a layer gives, of shape (batch, time, features), and the
                layer's number, -1 for the tokens' vectors, and returns what the next one reads.
            target_ids: integer array of shape (batch, time), the tokens whose losses are asked for.

        Returns:
            Of texts a float64 array of shape (texts,): the nats of `log_likelihood`. Else a tensor
            of shape (batch, time, tokens), or of shape (batch, time) of losses.

        Raises:
            InputError: something is not a text, the mode is unknown, or there is no target of a
                loss.
        """
        if isinstance(token_ids, str) or _holds_strings(token_ids):
            return np.array([self.log_likelihood(text)[0] for text in check_texts(token_ids)])
        if scoring_mode not in ("logits", "loss"):
            raise InputError(
                f"Expected a scoring_mode of 'logits' or 'loss'. Received: {shown(scoring_mode)}"
            )
        if scoring_mode == "loss" and target_ids is None:
            raise InputError(
                "Expected target_ids with scoring_mode='loss', such as the token ids one step "
                "later. Received: target_ids=None"
            )
        token_ids = ops.convert_to_tensor(token_ids)
        inside = None if padding_mask is None else ops.cast(padding_mask, "bool")
        through = layer_intercept_fn or (lambda x, index: x)
        x = through(self.backbone.token_embedding(token_ids), -1)
        for index in range(self.backbone.spec.num_layers):
            layer = self.backbone.get_layer(f"recurrent_{index}")
            x = through(layer(x, mask=inside), index)
        logits = self.logits_of(x)
        if scoring_mode == "logits":
            return logits
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none")
        return loss(ops.convert_to_tensor(target_ids), logits)

    def quantize(self, *args: Any, **kwargs: Any) -> None:
        """Round the weights of the backbone's embeddings; see `keras.Model.quantize`."""
        super().quantize(*args, **kwargs)
        self._read_function = None


def _holds_strings(x: Any) -> bool:
    """Return whether `x` are texts and no token ids."""
    if isinstance(x, np.ndarray):
        return x.dtype.kind in "OUS"
    if isinstance(x, list | tuple):
        return bool(x) and isinstance(x[0], str | bytes)
    return holds_texts(x)
