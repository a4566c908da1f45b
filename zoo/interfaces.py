"""What models and pipelines of every task have in common, for editors and type checkers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from zoo.schema import ModelInfo

__all__ = ["Model", "Pipeline"]


class Pipeline(Protocol):
    """What `zoo.pipeline` returns: raw input in, answers out.

    It is a `TextClassificationPipeline`, a `TranslationPipeline`, a `ForecastingPipeline` or a
    `SeriesClassificationPipeline`; what those have beyond this is reached as usual.

    Attributes:
        info: the checkpoint's record.
    """

    info: ModelInfo

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        """Return what the model answers to raw input."""

    def __getattr__(self, name: str) -> Any: ...


class Model(Protocol):
    """What `zoo.load` returns: a KerasHub task, a Keras model that takes raw input.

    Attributes:
        info: the checkpoint's record.
        task: the Hugging Face name of the task, such as `"text-classification"`.
        backbone: the network without its head.
        preprocessor: what turns raw input into arrays; None of a model of numeric series.
    """

    info: ModelInfo
    task: str
    backbone: Any
    preprocessor: Any

    def predict(self, *inputs: Any, **options: Any) -> Any:
        """Return the model's output for raw input."""

    def compile(self, *arguments: Any, **options: Any) -> None:
        """Choose optimiser, loss and metrics."""

    def fit(self, *data: Any, **options: Any) -> Any:
        """Train the model on raw input."""

    def evaluate(self, *data: Any, **options: Any) -> Any:
        """Return loss and metrics on raw input."""

    def summary(self, *arguments: Any, **options: Any) -> Any:
        """Print the layers."""

    def __getattr__(self, name: str) -> Any: ...
