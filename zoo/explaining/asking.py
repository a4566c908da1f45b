"""Ask a model why it answers as it does: its task knows how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoo.common.optional import tells_what_is_missing
from zoo.errors import InputError
from zoo.task import Task, task_named, task_names

if TYPE_CHECKING:
    from zoo.insight.trace import Trace

__all__ = ["able", "explain", "inspect"]


def able(method: str) -> list[Task]:
    """Return the tasks that do what `Task` refuses to unless a task says how.

    Args:
        method: a method of `Task`.

    Example:
        >>> "translation" in [task.name for task in able("explain")]
        True
    """
    tasks = [task for name in task_names() if (task := task_named(name)) is not None]
    return [task for task in tasks if getattr(type(task), method) is not getattr(Task, method)]


@tells_what_is_missing
def explain(model: Any, text: Any, **options: Any) -> Any:
    """Return why a model answers as it does.

    For a text classifier that is what every token adds to the log-odds of a label: the gradient
    of the log-odds with respect to the tokens' vectors, integrated on the straight line from the
    vectors of unknown words, or times the vectors. For a classifier of series it is the same of
    every step and channel, from a series that stays at the mean; for a forecaster it is what they
    add to the forecast of the next step; for a classifier of irregular series that of every
    measurement, from usual values measured at the same times. For a translator or a speller it is
    where it looked, for a tagger which names it found and what of the words made them, and for a
    language model how likely it held every token of the text.

    Args:
        model: a classifier of texts or series, a forecaster, a translator, a speller, a tagger or a
            language model, from `zoo.load`; of the last four their pipelines do too.
        text: the text; or the series, an array of shape (time, channels), an irregular series as
            its pipeline takes it, or the path of a file.
        **options: of classifiers and forecasters `method`: `"integrated_gradients"`, the default,
            whose sum is the difference between the input's score and that of unknown words or of
            the mean, or `"gradient_x_input"`, which is cheaper. Of a classifier `label`: the label
            to explain, by default the one that the model chooses. Of a forecaster `channel`: whose
            forecast is explained, by name or number from 1. Of a translator `translation`: the
            translation to explain, by default its own; of a speller `answer`. With a file of a
            series how it is read: `columns`, `date_column`, `fill`, `missing`, `encoding`,
            `delimiter`; with a file of irregular series `id`, which of them.

    Returns:
        An `Attribution`, a `SeriesAttribution`, an `IrregularAttribution`, the `Alignment` of a
        translator or a speller, the `Entities` of a tagger, or the `Surprise` of a language model.

    Raises:
        InputError: the model is none of these, there is no text or no word in it, the series is
            not as the model needs it, or the method, the label or the channel does not exist.
        DataError: the file cannot be read.

    Example:
        >>> import zoo
        >>> zoo.explain(zoo.load("lstm-imdb"), "A moving film.").label
        'positive'

    Reference:
        [Sundararajan et al., 2017](https://arxiv.org/abs/1703.01365) (integrated gradients),
        [Shrikumar et al., 2017](https://arxiv.org/abs/1605.01713) (gradient times input)
    """
    return _task("explain", model, "").explain(model, text, **options)


@tells_what_is_missing
def inspect(model: Any, text: Any, **options: Any) -> Trace:
    """Return the hidden states and the gates of a recurrent network while it reads.

    Args:
        model: a classifier, a forecaster or a language model over a recurrent backbone, from
            `zoo.load`.
        text: the text; or the series, an array of shape (time, channels), an irregular series as
            its pipeline takes it, or the path of a file.
        **options: with a file of a series, how it is read; of irregular series `id`, which of them.

    Raises:
        InputError: the network is not recurrent, there is no text, or the series is not as the
            model needs it.
        DataError: the file cannot be read.

    Example:
        >>> import zoo
        >>> trace = zoo.inspect(zoo.load("lstm-imdb"), "A moving film.")
        >>> trace.layers[0].gates["forget"].shape[0] == len(trace.tokens)
        True

    Reference:
        [Karpathy et al., 2016](https://arxiv.org/abs/1506.02078)
    """
    return _task("inspect", model, " over a recurrent backbone").inspect(model, text, **options)


def _task(method: str, model: Any, condition: str) -> Task:
    """Return the task of a model or a pipeline, which must have a method of its own."""
    # Who read a model by Keras' own means has no record of it.
    name = getattr(model, "task", None) or getattr(getattr(model, "info", None), "task", None)
    tasks = able(method)
    found = next((task for task in tasks if task.name == name), None)
    if found is None:
        raise InputError(
            f"Expected {' or '.join(task.noun for task in tasks)}{condition}, "
            f"as zoo.load returns them. Received: {type(model).__name__}"
        )
    return found
