"""What encoder-decoders over raw pairs of texts share: generate, fit, score, attention."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import keras
import keras_hub
import numpy as np
from keras import ops

from zoo.common.counts import whole
from zoo.common.wrapped_errors import own_errors
from zoo.errors import InputError, shown
from zoo.pairs.preprocessor import PairPreprocessor, pair_batches
from zoo.text.doubts import Doubts
from zoo.text.encoding import PAD, check_texts, holds_texts
from zoo.text.samplers import check_sampler_name, indices_of_32_bits
from zoo.text.subwords import END
from zoo.text.tokenizer import load_vocabularies

if TYPE_CHECKING:
    from zoo.pairs.alignment import Alignment

__all__ = ["PairModel"]

MAX_LENGTH = 1_000
_CHUNK = 128  # texts that are computed at once; more would only take more memory


class PairModel(keras_hub.models.Seq2SeqLM):
    """Base of the models that write a text for a text that they read.

    Subclasses name their backbone and preprocessor, and the kind of their head's arguments.

    Args:
        backbone: an encoder-decoder with additive attention, its last outputs as long as the
            vectors of the target's tokens, whose products with them are the logits.
        preprocessor: a `PairPreprocessor`, or None to feed token ids.

    Attributes:
        spec_class: arguments of the head, which has none.
        source: what the texts are called that it reads, such as `"sentence"`.
        target: what those are called that it writes, such as `"translation"`.
        empty: what a preprocessor's doubts call texts that hold nothing; their answer is empty.
        example: a text, and what is written of it.
    """

    spec_class: ClassVar[type]
    source: ClassVar[str]
    target: ClassVar[str]
    empty: ClassVar[str]
    example: ClassVar[tuple[str, str]]

    def __init__(
        self, backbone: Any, preprocessor: PairPreprocessor | None = None, **kwargs: Any
    ) -> None:
        self.spec = self.spec_class()
        self.backbone = backbone
        self.preprocessor = preprocessor
        inputs = backbone.input
        hidden = backbone(inputs)["decoder_sequence_output"]
        # Logits are float32 also when the policy is a mixed one.
        logits = ops.cast(backbone.token_embedding(hidden, reverse=True), "float32")
        super().__init__(inputs=inputs, outputs=logits, **kwargs)

    def compile(
        self,
        optimizer: Any = "auto",
        loss: Any = "auto",
        *,
        weighted_metrics: Any = "auto",
        sampler: Any = "greedy",
        **kwargs: Any,
    ) -> None:
        """Configure training and generation; the defaults suit a recurrent network.

        Args:
            optimizer: `"auto"` is AdamW with a rate of 1e-3 and gradients clipped to norm 1.
            loss: `"auto"` is the sparse categorical cross-entropy of the tokens.
            weighted_metrics: `"auto"` is the sparse categorical accuracy of the tokens.
            sampler: name of a KerasHub sampler, or one itself.
            **kwargs: as for `keras.Model.compile`.

        Raises:
            InputError: KerasHub has no such sampler.
        """
        check_sampler_name(sampler)
        if isinstance(optimizer, str) and optimizer == "auto":
            optimizer = keras.optimizers.AdamW(1e-3, global_clipnorm=1.0)
        super().compile(
            optimizer=optimizer,
            loss=loss,
            weighted_metrics=weighted_metrics,
            sampler=sampler,
            **kwargs,
        )

    def load_assets(self, dir_path: str) -> None:
        """Read the vocabularies; called by `keras.saving.load_model` with `assets`."""
        load_vocabularies(self, dir_path)

    def generate_step(self, inputs: dict[str, Any], stop_token_ids: Any = None) -> dict[str, Any]:
        """Generate one batch; the decoder's state goes from step to step.

        Args:
            inputs: token ids and masks of both sides, as the preprocessor makes them.
            stop_token_ids: ids that end an answer.
        """
        mask = ops.cast(inputs["encoder_padding_mask"], "bool")
        prompt = inputs["decoder_token_ids"]
        prompt_mask = ops.cast(inputs["decoder_padding_mask"], "bool")
        values, state = self.backbone.encode(inputs["encoder_token_ids"], mask)
        keys = self.backbone.decoder.attention.keys(values)
        fed = ops.zeros_like(self.backbone.token_embedding(prompt[:, 0]), dtype=state.dtype)

        def step(prompt: Any, cache: Any, index: Any) -> tuple[Any, Any, Any]:
            state, fed, values, keys, mask = cache
            tokens = ops.slice(prompt, (0, index - 1), (ops.shape(prompt)[0], 1))[:, 0]
            state, output, _ = self.backbone.decode_step(tokens, state, fed, values, keys, mask)
            logits = self.backbone.token_embedding(output, reverse=True)
            return logits, output, (state, output, values, keys, mask)

        token_ids = self.sampler(
            next=step,
            prompt=prompt,
            cache=(state, fed, values, keys, mask),
            # Every step is taken from the start token on, also those of a prompt: the state
            # after them is what the first new token needs.
            index=1,
            mask=prompt_mask,
            stop_token_ids=stop_token_ids,
            model=self,
        )
        inside = ops.ones_like(token_ids, dtype="bool")
        if stop_token_ids is not None:
            ends = ops.zeros_like(inside)
            for stop in stop_token_ids:
                ends = ops.logical_or(ends, token_ids == stop)
            ends = ops.cast(ops.logical_and(ends, ops.logical_not(prompt_mask)), "int32")
            # Up to the first end, itself included.
            inside = ops.cumsum(ends, axis=-1) - ends == 0
        return {"decoder_token_ids": token_ids, "decoder_padding_mask": inside}

    @indices_of_32_bits()
    def generate(
        self,
        inputs: Any,
        max_length: int | None = None,
        stop_token_ids: Any = "auto",
        strip_prompt: bool = False,
    ) -> Any:
        """Answer texts; see `keras_hub.models.Seq2SeqLM.generate`.

        A text that holds nothing has an empty answer. Warns as a pipeline does: of texts that are
        cut, and of what is strange to the model.

        The compiled function is one for all lengths: it runs for at most the preprocessor's
        `target_length` (longer only if asked for), and what exceeds `max_length` is cut.

        Args:
            inputs: a text, or what yields texts: a list, an array, a generator, a column of
                pandas, polars or PyArrow; or a dictionary of `"encoder_text"` and
                `"decoder_text"` to go on from given starts; without a preprocessor token ids.
            max_length: most tokens of an answer, start and end included.
            stop_token_ids: ids that end an answer; `"auto"` is the end token.
            strip_prompt: whether a given start is left out.

        Raises:
            InputError: something is not a text, or `max_length` is not from 2 to 1000.
        """
        if self.preprocessor is None:
            return super().generate(inputs, max_length, stop_token_ids, strip_prompt)
        limit = whole(max_length)
        if max_length is not None and (limit is None or not 2 <= limit <= MAX_LENGTH):
            raise InputError(
                f"Expected a max_length from 2 to {MAX_LENGTH} tokens, start and end included. "
                f"Received: {shown(max_length)}"
            )
        max_length = limit
        single = isinstance(inputs, str)
        if not isinstance(inputs, dict) and not hasattr(inputs, "element_spec"):
            inputs = check_texts(inputs)
        if strip_prompt or not isinstance(inputs, list):
            given = inputs.get("encoder_text") if isinstance(inputs, dict) else inputs
            if holds_texts(given):
                self.preprocessor.doubts(check_texts(given)).warn()
            return super().generate(inputs, max_length, stop_token_ids, strip_prompt)
        stops = (END,) if isinstance(stop_token_ids, str) else stop_token_ids
        doubts = self.preprocessor.doubts(inputs)
        empty = set(doubts.rows.get(self.empty, []))
        rows = [row for row in range(len(inputs)) if row not in empty]
        texts = [""] * len(inputs)
        for start in range(0, len(rows), _CHUNK):
            chosen = rows[start : start + _CHUNK]
            found = self._generate_chunk([inputs[row] for row in chosen], max_length, stops)
            for row, text in zip(chosen, found, strict=True):
                texts[row] = text
        self.doubt_answers(doubts, inputs, texts)
        doubts.warn()
        return texts[0] if single else texts

    def doubt_answers(self, doubts: Doubts, texts: list[str], answers: list[str]) -> None:
        """Add what there is to doubt of answers; nothing unless defined.

        Args:
            doubts: those of the texts, to which they are added.
            texts: what was read.
            answers: what was written for each.
        """

    def _generate_chunk(
        self, texts: list[str], max_length: int | None, stop_token_ids: Any
    ) -> list[str]:
        assert self.preprocessor is not None
        length = self.preprocessor.target_length
        batch = self.preprocessor.generate_preprocess(
            texts, sequence_length=max(length, max_length or 0)
        )
        # The number of texts is rounded up: compiled backends see few different shapes.
        rows = 1 if len(texts) == 1 else -(-len(texts) // 32) * 32
        batch = {name: np.resize(x, (rows, *x.shape[1:])) for name, x in batch.items()}
        outputs = self.make_generate_function()(batch, stop_token_ids=stop_token_ids)
        cut = slice(None, max_length or length)
        return self.preprocessor.generate_postprocess(
            {name: ops.convert_to_numpy(x)[: len(texts), cut] for name, x in outputs.items()}
        )

    def _pairs(self, sources: Any, targets: Any) -> tuple[list[str], list[str]]:
        sources, targets = check_texts(sources), check_texts(targets)
        if len(sources) != len(targets):
            raise InputError(
                f"Expected one {self.target} a {self.source}: {len(sources)}. "
                f"Received: {len(targets)}"
            )
        if self.preprocessor is None:
            raise InputError(
                "Expected a model with its preprocessor, as zoo.load returns it. "
                "Received: one without"
            )
        return sources, targets

    def _checked(self, x: Any, y: Any) -> tuple[Any, Any]:
        """Return raw pairs as KerasHub takes them; data sets and arrays pass as they are."""
        if isinstance(x, dict) and self.preprocessor is not None and y is None:
            x, y = x.get("encoder_text"), x.get("decoder_text")
        if y is None and holds_texts(x) and self.preprocessor is not None:
            text, answer = self.example
            raise InputError(
                f"Expected {self.source}s and the {self.target} of each, such as ([{text!r}], "
                f"[{answer!r}]). Received: {self.source}s alone"
            )
        if y is None or not holds_texts(x):
            return x, y
        sources, targets = self._pairs(x, y)
        assert self.preprocessor is not None
        self.preprocessor.pair_doubts(sources, targets).warn()
        arrays = (np.array(side, dtype=object) for side in (sources, targets))
        return dict(zip(("encoder_text", "decoder_text"), arrays, strict=True)), None

    def fit(
        self, x: Any = None, y: Any = None, batch_size: int | None = None, **kwargs: Any
    ) -> Any:
        """Train on pairs of raw texts with teacher forcing; see `keras.Model.fit`.

        Args:
            x: texts, or `{"encoder_text", "decoder_text"}`, or a data set of such batches.
            y: their answers, when `x` are texts.
            batch_size: pairs a step.
            **kwargs: as for `keras.Model.fit`; pairs are shuffled before every epoch unless
                `shuffle=False`; `validation_data` is a pair of lists, or a data set.

        Raises:
            InputError: something is not a text, or there are more of one side.
        """
        x, y = self._checked(x, y)
        if isinstance(x, dict) and self.preprocessor is not None:
            x = pair_batches(x, batch_size or 32, kwargs.pop("shuffle", True))
            batch_size = None
        held_out = kwargs.get("validation_data")
        if isinstance(held_out, tuple | list) and len(held_out) == 2:
            pairs, _ = self._checked(*held_out)
            kwargs["validation_data"] = pair_batches(pairs, 32, False)
        kwargs.setdefault("shuffle", False)  # data sets shuffle themselves; Keras warns otherwise
        with own_errors():
            return super().fit(x=x, y=y, batch_size=batch_size, **kwargs)

    def evaluate(
        self, x: Any = None, y: Any = None, batch_size: int | None = None, **kwargs: Any
    ) -> Any:
        """Return loss and token accuracy on pairs of raw texts; see `keras.Model.evaluate`.

        Args:
            x: texts, or `{"encoder_text", "decoder_text"}`, or a data set of such batches.
            y: their answers, when `x` are texts.
            batch_size: pairs a step.
            **kwargs: as for `keras.Model.evaluate`.

        Raises:
            InputError: something is not a text, or there are more of one side.
        """
        if not kwargs.get("_use_cached_eval_dataset", False):
            x, y = self._checked(x, y)
            if isinstance(x, dict) and self.preprocessor is not None:
                x, batch_size = pair_batches(x, batch_size or 32, False), None
        with own_errors():
            return super().evaluate(x=x, y=y, batch_size=batch_size, **kwargs)

    def _read(
        self, sources: Sequence[str], targets: Sequence[str], batch_size: int
    ) -> Iterator[tuple[dict[str, np.ndarray], np.ndarray, dict[str, np.ndarray]]]:
        """Yield features, targets and what the backbone makes of them, batch by batch."""
        assert self.preprocessor is not None
        for start in range(0, len(sources), batch_size):
            rows = slice(start, start + batch_size)
            x, y, _ = self.preprocessor(
                {"encoder_text": list(sources[rows]), "decoder_text": list(targets[rows])}
            )
            # The last batch is filled up: compiled backends see one shape.
            full = {
                name: np.resize(value, (batch_size, *value.shape[1:])) for name, value in x.items()
            }
            out = self.backbone.predict_on_batch(full)
            yield x, y, {name: np.asarray(value)[: len(y)] for name, value in out.items()}

    def score(self, sources: Any, targets: Any, batch_size: int = 32) -> np.ndarray:
        """Return the log-probability of given answers, the end token included.

        Args:
            sources: a text, or a list or array of them.
            targets: the answer to each.
            batch_size: pairs a step.

        Returns:
            float64 array of shape (pairs,), in nats.

        Raises:
            InputError: something is not a text, or there are more of one side.
        """
        sources, targets = self._pairs(sources, targets)
        assert self.preprocessor is not None
        self.preprocessor.pair_doubts(sources, targets).warn()
        embeddings = ops.convert_to_numpy(self.backbone.token_embedding.embeddings)
        scores = []
        for _, y, out in self._read(sources, targets, batch_size):
            logits = out["decoder_sequence_output"] @ np.asarray(embeddings, np.float32).T
            logits = logits.astype(np.float64)
            top = logits.max(axis=-1)
            total = top + np.log(np.exp(logits - top[..., None]).sum(axis=-1))
            chosen = np.take_along_axis(logits, y[..., None], axis=-1)[..., 0]
            scores.append(np.where(y != PAD, chosen - total, 0.0).sum(axis=1))
        return np.concatenate(scores)

    def attention(self, sources: Any, targets: Any = None) -> list[Alignment]:
        """Return where the decoder looked for every token of answers.

        Args:
            sources: a text, or a list or array of them.
            targets: the answers; by default those that `generate` gives.

        Returns:
            An `Alignment` a text: the tokens of both sides, and the weights as a float32
            array of shape (target tokens, source tokens), whose rows sum to 1.

        Raises:
            InputError: something is not a text, or there are more of one side.
        """
        from zoo.pairs.alignment import Alignment

        sources, given = check_texts(sources), targets is not None
        if not given:
            targets = self.generate(sources)
        sources, targets = self._pairs(sources, targets)
        assert self.preprocessor is not None
        if given:
            self.preprocessor.pair_doubts(sources, targets).warn()
        source_tokenizer = self.preprocessor.source_tokenizer.hf_tokenizer
        target_tokenizer = self.preprocessor.tokenizer.hf_tokenizer
        found = []
        for x, y, out in self._read(sources, targets, 32):
            for row, ids in enumerate(y):
                read = x["encoder_token_ids"][row]
                read, ids = read[read != PAD], ids[ids != PAD]
                found.append(
                    Alignment.of(
                        source_tokenizer,
                        target_tokenizer,
                        read,
                        ids,
                        out["attention_weights"][row, : len(ids), : len(read)],
                    )
                )
        return found
