"""Language models over the zoo's recurrent networks: generate, fit and score on raw texts."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Iterator, Sequence
from typing import Any

import keras
import keras_hub
import numpy as np
from keras import ops

from zoo.errors import InputError, shown
from zoo.layers.initializers import GlorotUniform
from zoo.networks.recurrent.backbone import RecurrentBackbone
from zoo.specs import make_spec
from zoo.tasks.text_generation.doubts import prompt_doubts
from zoo.tasks.text_generation.generating import check_sampler, write, written_ids
from zoo.tasks.text_generation.layers import TokenLogits
from zoo.tasks.text_generation.preprocessor import RecurrentCausalLMPreprocessor
from zoo.tasks.text_generation.raw_texts import RawTextCausalLM
from zoo.tasks.text_generation.specs import CausalLMSpec, check_backbone
from zoo.tasks.text_generation.texts import joined
from zoo.text.encoding import PAD, check_texts
from zoo.text.samplers import check_sampler_name, indices_of_32_bits
from zoo.text.tokenizer import load_vocabularies, to_texts

__all__ = ["RecurrentCausalLM", "RecurrentCausalLMPreprocessor"]

_CHUNK = 128  # texts that are written at once; more would only take more memory


@keras.saving.register_keras_serializable(package="zoo")
class RecurrentCausalLM(RawTextCausalLM):
    """A language model: raw texts in, how they go on out.

    `generate` writes with KerasHub's samplers (`compile(sampler="top_p")` and so on), `fit` and
    `evaluate` take raw texts, and `log_likelihood` and `score` tell how probable texts are.

    Args:
        backbone: a `RecurrentBackbone` that reads in one direction.
        preprocessor: a `RecurrentCausalLMPreprocessor`, or None to feed token ids.
        tied: whether the table of the tokens' vectors also gives the logits.
        dropout: share of the states' dimensions dropped per text in training.

    Raises:
        InputError: an argument is out of bounds, or the backbone reads ahead or gives more than its
            states.

    Example:
        >>> import pathlib, tempfile, zoo
        >>> from zoo.tasks.text_generation.testing import make_language_model
        >>> model = zoo.load(make_language_model(pathlib.Path(tempfile.mkdtemp()) / "tiny"))
        >>> model.compile(sampler="greedy")
        >>> model.generate("the cat", max_length=6)
        'the cat to to ran'
        >>> model.log_likelihood("the cat sat")[1]
        3

    Reference:
        [Mikolov et al., 2010](https://doi.org/10.21437/Interspeech.2010-343),
        [Zaremba et al., 2014](https://arxiv.org/abs/1409.2329)
    """

    task = "text-generation"
    backbone_cls = RecurrentBackbone
    preprocessor_cls = RecurrentCausalLMPreprocessor

    def __init__(
        self,
        backbone: RecurrentBackbone,
        preprocessor: RecurrentCausalLMPreprocessor | None = None,
        tied: bool = True,
        dropout: float = 0.0,
        **kwargs: Any,
    ) -> None:
        if not isinstance(backbone, RecurrentBackbone):
            raise InputError(f"Expected a RecurrentBackbone. Received: {shown(backbone)}")
        wrong = check_backbone(backbone.spec)
        if wrong is not None:
            raise InputError(f"E{wrong[1:]}")
        self.spec = make_spec(CausalLMSpec, tied=tied, dropout=dropout)
        self.backbone = backbone
        self.preprocessor = preprocessor
        # The head computes in float32 also when the policy is a mixed one: of many tokens the
        # logits are close, and bfloat16 makes ties of them.
        policy = backbone.dtype_policy
        policy = "float32" if policy.compute_dtype != policy.variable_dtype else policy
        network = backbone.spec
        self.output_dropout = None
        if dropout:
            self.output_dropout = keras.layers.SpatialDropout1D(
                dropout, dtype=policy, name="output_dropout"
            )
        self.projection = None
        if tied and network.features != network.embedding_dim:
            self.projection = keras.layers.Dense(
                network.embedding_dim,
                use_bias=False,
                kernel_initializer=GlorotUniform(),
                dtype=policy,
                name="projection",
            )
        self.logits = TokenLogits(
            network.vocabulary_size,
            backbone.token_embedding if tied else None,
            dtype=policy,
            name="logits",
        )
        inputs = backbone.input
        states = backbone(inputs)
        if self.output_dropout is not None:
            states = self.output_dropout(states)
        super().__init__(inputs=inputs, outputs=self.logits_of(states), **kwargs)

    def logits_of(self, states: Any) -> Any:
        """Return the logits that states give, without dropout.

        Args:
            states: tensor of shape (..., features), the last layer's.
        """
        return self.logits(states if self.projection is None else self.projection(states))

    def compile(
        self,
        optimizer: Any = "auto",
        loss: Any = "auto",
        *,
        weighted_metrics: Any = "auto",
        sampler: Any = "top_k",
        **kwargs: Any,
    ) -> None:
        """Configure training and generation; the defaults suit a recurrent network.

        Args:
            optimizer: `"auto"` is AdamW with a rate of 1e-3 and gradients clipped to norm 1.
            loss: `"auto"` is the sparse categorical cross-entropy, in nats per token.
            weighted_metrics: `"auto"` is the perplexity of the tokens, and the share of them that
                are the most probable ones.
            sampler: name of a KerasHub sampler, such as `"greedy"`, `"top_p"` or `"beam"`, or one
                itself, with a temperature of its own.
            **kwargs: as for `keras.Model.compile`.

        Raises:
            InputError: KerasHub has no such sampler.
        """
        check_sampler_name(sampler)
        if isinstance(optimizer, str) and optimizer == "auto":
            optimizer = keras.optimizers.AdamW(1e-3, global_clipnorm=1.0)
        if isinstance(loss, str) and loss == "auto":
            loss = keras.losses.SparseCategoricalCrossentropy(
                from_logits=True, reduction="mean_with_sample_weight"
            )
        if isinstance(weighted_metrics, str) and weighted_metrics == "auto":
            weighted_metrics = [
                keras_hub.metrics.Perplexity(from_logits=True),
                keras.metrics.SparseCategoricalAccuracy(name="accuracy"),
            ]
        super().compile(
            optimizer=optimizer,
            loss=loss,
            weighted_metrics=weighted_metrics,
            sampler=sampler,
            **kwargs,
        )

    def generate_step(self, inputs: dict[str, Any], stop_token_ids: Any = None) -> dict[str, Any]:
        """Write on to one batch of prompts; the network's state goes from step to step.

        Args:
            inputs: `token_ids` and `padding_mask` as `preprocessor.generate_preprocess` makes
                them: in each row the line end and the prompt, and room for what follows.
            stop_token_ids: ids that end a text.
        """
        written, inside = write(self, inputs["token_ids"], inputs["padding_mask"], stop_token_ids)
        return {"token_ids": written, "padding_mask": inside}

    def generate(
        self,
        inputs: Any,
        max_length: int | None = None,
        stop_token_ids: Any = "auto",
        strip_prompt: bool = False,
    ) -> Any:
        """Write on to prompts; see `keras_hub.models.CausalLM.generate`.

        What is written holds no padding, no `<unk>` and no id without a token. A prompt stands as
        it was given before what was written to it; an empty one begins a text. Words of prompts
        that the model has not learnt are told in a warning.

        Args:
            inputs: a prompt, or what yields prompts: a list, an array, a generator, a column of
                pandas, polars or PyArrow, a `tf.data` data set; without a preprocessor token ids.
            max_length: tokens of a text, the line end before it and the prompt included; by
                default the preprocessor's `sequence_length`.
            stop_token_ids: ids that end a text, such as `[2]` for the end of the line. `"auto"`
                and None let it go on to `max_length`, for no token ends a running text.
            strip_prompt: whether the prompt is left out.

        Returns:
            A text, or a list of texts where several were given.

        Raises:
            InputError: something is not a text, `max_length` is not from 2 to 10000 or leaves no
                room for a prompt, or the sampler chooses out of more tokens than there are.
        """
        check_sampler(self.sampler, int(written_ids(self).sum()))
        stops = None if isinstance(stop_token_ids, str) else stop_token_ids
        stops = stops if stops is None else tuple(int(stop) for stop in stops)
        if self.preprocessor is None:
            with indices_of_32_bits():
                return super().generate(inputs, max_length, stops, strip_prompt)
        if hasattr(inputs, "element_spec"):
            inputs = [text for batch in inputs for text in to_texts(batch)[0]]
        single = isinstance(inputs, str | bytes)
        prompts = check_texts(inputs)
        length = self.preprocessor.room(max_length)
        rows = self.preprocessor.prompt_ids(prompts, length)
        language = self.preprocessor.tokenizer.language()
        prompt_doubts(language, prompts).warn()
        texts = [""] * len(prompts)
        for chosen in _chunks(rows, self._searches):
            written = self._write([rows[row] for row in chosen], length, stops)
            for row, ids in zip(chosen, written, strict=True):
                continuation = language.decode(ids)
                prompt = prompts[row]
                texts[row] = (
                    continuation
                    if strip_prompt
                    else joined(prompt, continuation, self.preprocessor.unit)
                )
        return texts[0] if single else texts

    @property
    def _searches(self) -> bool:
        return isinstance(self.sampler, keras_hub.samplers.BeamSampler)

    def _write(self, rows: list[np.ndarray], length: int, stop_token_ids: Any) -> list[np.ndarray]:
        """Return what is written after each row of line end and prompt."""
        # Numbers of texts and of tokens are rounded up: a function is compiled for each of them.
        # But which beam is best shows at the last token.
        multiple = 1 if self._searches else 32
        count = 1 if len(rows) == 1 else -(-len(rows) // 32) * 32
        shape = count, -(-length // multiple) * multiple
        token_ids = np.full(shape, PAD, np.int32)
        given = np.zeros(shape, bool)
        for at in range(shape[0]):
            row = rows[at % len(rows)]
            token_ids[at, : len(row)] = row
            given[at, : len(row)] = True
        inputs = {"token_ids": token_ids, "padding_mask": given}
        with indices_of_32_bits():
            outputs = self.make_generate_function()(inputs, stop_token_ids=stop_token_ids)
        written, inside = (
            np.asarray(ops.convert_to_numpy(outputs[name]))[: len(rows), :length]
            for name in ("token_ids", "padding_mask")
        )
        return [
            ids[len(row) :][kept[len(row) :]]
            for row, ids, kept in zip(rows, written, inside, strict=True)
        ]

    def load_assets(self, dir_path: str) -> None:
        """Read the vocabulary; called by `keras.saving.load_model` with `assets`."""
        super().load_assets(dir_path)
        load_vocabularies(self, dir_path)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "tied": self.spec.tied,
            "dropout": self.spec.dropout,
        }


def _chunks(rows: Sequence[np.ndarray], alike: bool) -> Iterator[list[int]]:
    """Yield the numbers of rows that are written together, all of one length if they must be.

    Beams of a row whose prompt goes on while others are written would be chosen by nothing.
    """
    order = list(range(len(rows)))
    if alike:
        order.sort(key=lambda row: len(rows[row]))
    chunk: list[int] = []
    for row in order:
        if chunk and (len(chunk) == _CHUNK or (alike and len(rows[row]) != len(rows[chunk[0]]))):
            yield chunk
            chunk = []
        chunk.append(row)
    yield chunk
