"""What a checkpoint's network does with fixed examples, as pictures and histograms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo import registry
from zoo.boards.record import Board
from zoo.common.quiet import import_keras
from zoo.datasets import dataset_named, load_dataset
from zoo.fitting.events import add_figure
from zoo.formats import SOURCE_TOKENIZER, TOKENIZER, Checkpoint
from zoo.pairs.alignment import draw_alignment
from zoo.pipelines import make_pipeline
from zoo.schema import ModelInfo
from zoo.text.projector import list_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["REVIEWS", "SENTENCES", "forecaster_figures", "write_examples"]

REVIEWS = (
    "A moving, beautifully acted film that I will not forget.",
    "A dull film and a waste of two hours; the plot makes no sense and nobody in it can act.",
    "I wanted to like it, and the first half hour is not bad at all, but then it falls apart.",
    "At first I thought that this would be one more of those slow films about nothing, in which "
    "people stand at windows and look at the rain. The camera hardly moves, the actors hardly "
    "speak, and for the first twenty minutes I asked myself why I had paid for the ticket. But "
    "then the old man opens the letter, and from there on every scene that seemed to be empty "
    "turns out to have been full. The music is used with great care, the ending is as sad as it "
    "is right, and the young actress, whom I had never seen before, is a wonder. It is a small "
    "film, and it asks for patience, but it is the best that I have seen this year.",
)
SENTENCES = {
    "de": (
        "Ein Mann fährt Rad.",
        "Zwei Hunde spielen im Schnee.",
        "Eine Frau in einem roten Kleid steht vor einem großen Haus.",
    ),
    "en": (
        "A man is riding a bike.",
        "Two dogs are playing in the snow.",
        "A woman in a red dress is standing in front of a large house.",
    ),
}
_NOISE = 300


def write_examples(board: Board, loaded: Checkpoint) -> None:
    """Write pictures, histograms and embeddings of a checkpoint's network.

    Args:
        board: where to.
        loaded: a verified checkpoint.
    """
    task = loaded.info.task
    if task == "text-classification":
        _write_classifier(board, loaded)
    elif task == "translation":
        _write_translator(board, loaded)
    elif task == "time-series-forecasting":
        for kind, figure in forecaster_figures(loaded):
            add_figure(board, f"reservoir/{kind}", figure, board.end)


def _write_classifier(board: Board, loaded: Checkpoint) -> None:
    import_keras()
    from zoo.loading import from_checkpoint
    from zoo.networks.convolutional.spec import ConvolutionalBackboneSpec
    from zoo.networks.recurrent.spec import RecurrentBackboneSpec
    from zoo.tasks.text_classification.reports import GateReport, GradientFlowReport, SaliencyReport
    from zoo.tasks.text_classification.saliency import Saliency
    from zoo.text.encoding import TextEncoder

    model = from_checkpoint(loaded)
    encode = TextEncoder.of(model.preprocessor)
    _add_words(board, loaded, "token_embedding", encode.tokenizer)
    SaliencyReport(Saliency(model, encode, REVIEWS), loaded.info.labels)(board, board.end)
    sequences = encode(REVIEWS)
    if not isinstance(loaded.backbone, ConvolutionalBackboneSpec):
        GradientFlowReport(model.backbone, sequences[-1:])(board, board.end)
    if isinstance(loaded.backbone, RecurrentBackboneSpec):
        GateReport(model, sequences)(board, board.end)


def _write_translator(board: Board, loaded: Checkpoint) -> None:
    from zoo.text.subwords import parse_subword_tokenizer

    backbone = loaded.backbone
    for table, asset, size in (
        ("source_embedding", SOURCE_TOKENIZER, backbone.source_vocabulary_size),
        ("token_embedding", TOKENIZER, backbone.vocabulary_size),
    ):
        _add_words(board, loaded, table, parse_subword_tokenizer(loaded.assets[asset], size))
    sentences = SENTENCES.get(_source_language(loaded.info), SENTENCES["en"])
    for number, alignment in enumerate(make_pipeline(loaded).attention(list(sentences)), 1):
        add_figure(board, f"attention/{number}", draw_alignment(alignment), board.end)


def _add_words(board: Board, loaded: Checkpoint, table: str, tokenizer: Any) -> None:
    words = list_words(tokenizer)
    vectors = loaded.tensors[f"{table}/embeddings"].astype(np.float32)
    board.add_embedding(table, vectors[list(words)], list(words.values()))


def _source_language(info: ModelInfo) -> str:
    """Return the code of the language that a translator reads, by what it was trained on first."""
    dataset = info.dataset
    if dataset is None and info.base_model and info.base_model.name in registry.list_models():
        dataset = registry.info(info.base_model.name).dataset
    return dataset.name.rpartition("/")[2].split("-")[0] if dataset else "en"


def forecaster_figures(loaded: Checkpoint) -> Iterator[tuple[str, Figure]]:
    """Yield pictures of a forecaster and what each shows.

    On the test stretch of a data set of the zoo: a forecast against the truth with the error as
    it grows, the states, and, of a system of three channels, its attractor, true and generated.
    On any other the states alone, while it reads noise of the mean and deviation it was fitted to.

    Args:
        loaded: a verified checkpoint of a forecaster.

    Raises:
        DataError: the data is neither at hand nor reachable.
    """
    from zoo.series.plots import draw_attractor, draw_forecast, draw_states
    from zoo.tasks.time_series_forecasting.scoring import roll_out

    model = make_pipeline(loaded).model
    dataset = loaded.info.dataset.name if loaded.info.dataset else ""
    known = dataset_named(dataset)
    if known is None or known.protocol is None:
        noise = np.random.default_rng(0).standard_normal((_NOISE, model.channels))
        mean, scale = (loaded.tensors[f"scaling/{name}"] for name in ("mean", "scale"))
        yield "states", draw_states(model, mean + scale * noise)
        return
    protocol = known.protocol
    (series,) = load_dataset(dataset, "test").series
    rollouts = roll_out(model, series, protocol)
    chaotic = protocol.lyapunov_steps is not None
    yield (
        "forecast",
        draw_forecast(
            rollouts.forecasts,
            rollouts.truth,
            time_unit=protocol.lyapunov_steps or 1.0,
            unit="Lyapunov times" if chaotic else "steps",
        ),
    )
    yield "states", draw_states(model, series[1_000:1_300])
    if model.channels == 3:
        generated = model.forecast(series[:1_000], 5_000)
        yield "attractor", draw_attractor(generated, series[1_000:6_000])
