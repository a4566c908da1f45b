"""Language models over the zoo's recurrent networks: generate, fit and score on raw texts."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from typing import Any

import keras
import keras_hub

from zoo.checkpoint.recorded import RecordedTask
from zoo.layers.initializers import GlorotUniform
from zoo.networks.recurrent.backbone import RecurrentBackbone
from zoo.specs import make_spec
from zoo.tasks.text_generation.layers import TokenLogits
from zoo.tasks.text_generation.preprocessor import RecurrentCausalLMPreprocessor
from zoo.tasks.text_generation.specs import CausalLMSpec
from zoo.text.tokenizer import load_vocabularies

__all__ = ["RecurrentCausalLM", "RecurrentCausalLMPreprocessor"]


@keras.saving.register_keras_serializable(package="zoo")
class RecurrentCausalLM(RecordedTask, keras_hub.models.CausalLM):
    """A language model: raw texts in, how they go on out.

    Args:
        backbone: a `RecurrentBackbone` that reads in one direction.
        preprocessor: a `RecurrentCausalLMPreprocessor`, or None to feed token ids.
        tied: whether the table of the tokens' vectors also gives the logits.
        dropout: share of the states' dimensions dropped per text in training.

    Raises:
        InputError: an argument is out of bounds.

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
