"""Translation with the zoo's encoder-decoders: generate, fit and score on raw sentences."""

from __future__ import annotations

from typing import Any

import keras
import keras_hub
from keras import ops

from zoo.architectures.seq2seq import Seq2SeqBackbone

__all__ = ["RecurrentSeq2SeqLM"]


@keras.saving.register_keras_serializable(package="zoo")
class RecurrentSeq2SeqLM(keras_hub.models.Seq2SeqLM):
    """x"""

    backbone_cls = Seq2SeqBackbone

    def __init__(self, backbone: Seq2SeqBackbone, preprocessor: Any = None, **kwargs: Any) -> None:
        self.backbone = backbone
        self.preprocessor = preprocessor
        inputs = backbone.input
        hidden = backbone(inputs)["decoder_sequence_output"]
        # The softmax computes in float32 also when the policy is a mixed one.
        logits = ops.cast(backbone.token_embedding(hidden, reverse=True), "float32")
        super().__init__(inputs=inputs, outputs=logits, **kwargs)

    def generate_step(self, inputs: dict[str, Any], stop_token_ids: Any = None) -> dict[str, Any]:
        """Generate one batch; see `keras_hub.models.Seq2SeqLM`."""
        mask = ops.cast(inputs["encoder_padding_mask"], "bool")
        prompt = inputs["decoder_token_ids"]
        prompt_mask = ops.cast(inputs["decoder_padding_mask"], "bool")
        values, state = self.backbone.encode(inputs["encoder_token_ids"], mask)
        keys = self.backbone.decoder.attention.keys(values)
        fed = ops.zeros((ops.shape(prompt)[0], self.backbone.spec.embedding_dim), values.dtype)

        def step(prompt: Any, cache: Any, index: Any) -> tuple[Any, Any, Any]:
            state, fed, values, keys, mask = cache
            tokens = ops.squeeze(ops.slice(prompt, (0, index - 1), (ops.shape(prompt)[0], 1)), 1)
            state, output, _ = self.backbone.decode_step(
                tokens, state, fed, values, keys, mask
            )
            logits = self.backbone.token_embedding(output, reverse=True)
            return logits, output, (state, output, values, keys, mask)

        token_ids = self.sampler(
            next=step,
            prompt=prompt,
            cache=(state, fed, values, keys, mask),
            index=1,
            mask=prompt_mask,
            stop_token_ids=stop_token_ids,
            model=self,
        )
        return {"decoder_token_ids": token_ids}
