"""The networks of the zoo's trained series entries in native torch, with the same layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from zoo.networks.recurrent.spec import rnn_prefixes
from zoo.networks.segrnn.spec import CELL

__all__ = ["Classifier", "Detector", "SegRNN"]

Tensors = Mapping[str, np.ndarray]
# Reset, update, new: where these stand in Keras.
_GATES = (1, 0, 2)


def _set(parameter: torch.Tensor, value: np.ndarray) -> None:
    with torch.no_grad():
        parameter.copy_(torch.from_numpy(np.ascontiguousarray(value, np.float32)))


def _set_linear(layer: nn.Linear, kernel: np.ndarray, bias: np.ndarray) -> None:
    _set(layer.weight, kernel.T)
    _set(layer.bias, bias)


def _set_gru(layer: nn.GRU, tensors: Tensors, prefixes: Sequence[str]) -> None:
    """Set the weights of a GRU of one layer; torch has its gates in another order."""
    for prefix, end in zip(prefixes, ("", "_reverse"), strict=False):
        kernel, recurrent, bias = (
            np.concatenate([np.split(tensors[f"{prefix}/{name}"], 3, -1)[g] for g in _GATES], -1)
            for name in ("kernel", "recurrent_kernel", "bias")
        )
        _set(getattr(layer, f"weight_ih_l0{end}"), kernel.T)
        _set(getattr(layer, f"weight_hh_l0{end}"), recurrent.T)
        _set(getattr(layer, f"bias_ih_l0{end}"), bias[0])
        _set(getattr(layer, f"bias_hh_l0{end}"), bias[1])


class SegRNN(nn.Module):
    """SegRNN: one GRU over the segments of every channel, one more step of it for every place.

    Args:
        spec: arguments of the zoo's backbone.
        head: arguments of its forecaster.
        by_layer: whether the last step is the layer's own, as its authors have it, or written out,
            so that what the rows have in common is multiplied once.

    Call with series of shape (batch, time, channels), without their last values; returns forecasts
    of shape (batch, horizon, channels, outputs), without them too.
    """

    def __init__(self, spec: Any, head: Any, *, by_layer: bool) -> None:
        super().__init__()
        units, half = spec.units, spec.units // 2
        self.spec, self.outputs, self.by_layer = spec, head.outputs, by_layer
        self.middle = head.quantiles.index(0.5) if head.quantiles else 0
        self.projection = nn.Linear(spec.segment, units)
        self.gru = nn.GRU(units, units, batch_first=True)
        self.positions = nn.Parameter(torch.randn(spec.positions, half))
        self.channels = nn.Parameter(torch.randn(spec.channels, half))
        self.dropout = nn.Dropout(head.dropout)
        self.median = nn.Linear(units, spec.segment)
        self.others = nn.Linear(units, spec.segment * (head.outputs - 1))
        self.register_buffer("scale", torch.ones(spec.channels))

    def load(self, tensors: Tensors) -> SegRNN:
        """Take the weights of a checkpoint."""
        prefix = "segments/projection"
        _set_linear(self.projection, tensors[f"{prefix}/kernel"], tensors[f"{prefix}/bias"])
        _set_gru(self.gru, tensors, [CELL])
        _set(self.positions, tensors["segments/position_embedding"])
        _set(self.channels, tensors["segments/channel_embedding"])
        _set(self.scale, tensors["scaling/scale"])
        parts = [
            tensors[f"readout/{name}"].reshape(*shape, -1, self.outputs)
            for name, shape in (("kernel", (self.spec.units,)), ("bias", ()))
        ]
        beside = [at for at in range(self.outputs) if at != self.middle]
        _set_linear(self.median, *(part[..., self.middle] for part in parts))
        if beside:
            others = [part[..., beside] for part in parts]
            _set_linear(self.others, others[0].reshape(self.spec.units, -1), others[1].reshape(-1))
        return self

    def forward(self, series: torch.Tensor) -> torch.Tensor:
        spec, units, places = self.spec, self.spec.units, self.spec.positions
        batch, time, channels = series.shape
        segments = (series / self.scale).transpose(1, 2)
        segments = segments.reshape(batch * channels, time // spec.segment, spec.segment)
        state = self.gru(torch.relu(self.projection(segments)))[1][0]
        embedded = torch.cat(
            [
                self.positions.expand(channels, -1, -1),
                self.channels[:, None].expand(-1, places, -1),
            ],
            -1,
        )
        if self.by_layer:
            given = embedded.expand(batch, -1, -1, -1).reshape(-1, 1, units)
            before = state[:, None].expand(-1, places, -1).reshape(1, -1, units)
            features = self.gru(given, before.contiguous())[1]
        else:
            gru = self.gru
            given = functional.linear(embedded, gru.weight_ih_l0, gru.bias_ih_l0)
            carried = functional.linear(state, gru.weight_hh_l0, gru.bias_hh_l0)
            carried = carried.view(batch, channels, 1, 3 * units)
            before = state.view(batch, channels, 1, units)
            opened = torch.sigmoid(given[..., : 2 * units] + carried[..., : 2 * units])
            reset, update = opened.split(units, -1)
            new = torch.tanh(given[..., 2 * units :] + reset * carried[..., 2 * units :])
            features = new + update * (before - new)
        features = self.dropout(features.view(batch, channels, places, units))
        median = self.median(features).unflatten(-1, (spec.segment, 1))
        steps = median
        if self.outputs > 1:
            # They learn from the features without teaching them.
            others = self.others(features.detach()).unflatten(-1, (spec.segment, -1))
            parts = [others[..., : self.middle], median, others[..., self.middle :]]
            steps = torch.cat(parts, -1)
        steps = steps.flatten(2, 3)[:, :, : spec.horizon].transpose(1, 2)
        if not self.training and self.outputs > 1:
            steps = steps.sort(-1).values
        return steps * self.scale[:, None]


class Classifier(nn.Module):
    """A GRU over frames of the channels and their differences, pooled by maximum and attention.

    Args:
        spec: arguments of the zoo's backbone.
        head: arguments of its classifier.

    Call with scaled series of shape (batch, time, channels), zeros past their ends, and their
    mask; returns logits.
    """

    def __init__(self, spec: Any, head: Any) -> None:
        super().__init__()
        assert spec.cell == "gru" and spec.num_layers == 1 and not spec.point_dims
        assert tuple(head.pooling) == ("max", "attention")
        self.spec = spec
        width = spec.units * (2 if spec.bidirectional else 1)
        self.gru = nn.GRU(
            spec.step_features * spec.frame,
            spec.units,
            batch_first=True,
            bidirectional=spec.bidirectional,
        )
        self.heard = nn.Linear(width, head.attention_units)
        self.context = nn.Parameter(torch.randn(head.attention_units, 1) * 0.1)
        self.dropout = nn.Dropout(head.dropout)
        self.logits = nn.Linear(2 * width, head.num_classes)
        self.register_buffer("mean", torch.zeros(spec.step_features))
        self.register_buffer("scale", torch.ones(spec.step_features))

    def load(self, tensors: Tensors) -> Classifier:
        """Take the weights of a checkpoint."""
        _set_gru(self.gru, tensors, rnn_prefixes(self.spec)[0])
        _set_linear(self.heard, tensors["attention/kernel"], tensors["attention/bias"])
        _set(self.context, tensors["attention/context"])
        _set_linear(self.logits, tensors["logits/kernel"], tensors["logits/bias"])
        _set(self.mean, tensors["feature_scaling/mean"])
        _set(self.scale, tensors["feature_scaling/scale"])
        return self

    def forward(self, series: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        parts = [series]
        for lag in self.spec.lags:
            earlier = torch.cat([series[:, :1].expand(-1, lag, -1), series], 1)
            parts.append(series - earlier[:, : series.shape[1]])
        x = (torch.cat(parts, -1) - self.mean) / self.scale * mask[..., None]
        frame = self.spec.frame
        rest = -x.shape[1] % frame
        if rest:
            x, mask = functional.pad(x, (0, 0, 0, rest)), functional.pad(mask, (0, rest))
        x = x.reshape(len(x), -1, frame * x.shape[2])
        inside = mask.view(len(x), -1, frame).any(-1)
        if bool(inside.all()):
            states = self.gru(x)[0]
        else:
            packed = nn.utils.rnn.pack_padded_sequence(
                x, inside.sum(1), batch_first=True, enforce_sorted=False
            )
            states = nn.utils.rnn.pad_packed_sequence(
                self.gru(packed)[0], batch_first=True, total_length=x.shape[1]
            )[0]
        inside = inside[..., None]
        highest = states.masked_fill(~inside, -6e4).amax(1)
        scores = (torch.tanh(self.heard(states)) @ self.context).masked_fill(~inside, -6e4)
        attended = (scores.softmax(1) * states).sum(1)
        return self.logits(self.dropout(torch.cat([highest, attended], -1)))


class Detector(nn.Module):
    """A GRU over rows, and the forecast of the next one from its states and the row.

    Args:
        spec: arguments of the zoo's backbone.
        head: arguments of its detector.

    Call with rows of shape (batch, time, 2) and the state before them, or None; returns outputs
    of the head of shape (batch, time, outputs), and the state.
    """

    def __init__(self, spec: Any, head: Any) -> None:
        super().__init__()
        self.gru = nn.GRU(spec.channels, spec.units, batch_first=True)
        self.forecast = nn.Linear(spec.units + spec.channels, head.outputs)
        self.register_buffer("mean", torch.zeros(spec.channels))
        self.register_buffer("scale", torch.ones(spec.channels))
        self.spec = spec

    def load(self, tensors: Tensors) -> Detector:
        """Take the weights of a checkpoint."""
        _set_gru(self.gru, tensors, rnn_prefixes(self.spec)[0])
        _set_linear(self.forecast, tensors["forecast/kernel"], tensors["forecast/bias"])
        _set(self.mean, tensors["scaling/mean"])
        _set(self.scale, tensors["scaling/scale"])
        return self

    def forward(
        self, rows: torch.Tensor, state: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        rows = (rows - self.mean) / self.scale
        states, state = self.gru(rows, state)
        return self.forecast(torch.cat([states, rows], -1)), state
