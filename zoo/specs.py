"""What a checkpoint may ask for: constructor arguments with bounds, and the tensors they imply.

Nothing here imports Keras. The arguments in a checkpoint's `config.json` are checked against these
structures before anything is built or allocated, and the names and shapes of `model.safetensors`
are checked against what they imply.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, TypeVar

import msgspec
from msgspec import Meta

from zoo.common.counts import plain
from zoo.errors import InputError

__all__ = [
    "ArgumentSpec",
    "EmbeddingDim",
    "NetworkSpec",
    "Rate",
    "Units",
    "VocabularySize",
    "count_parameters",
    "holds_keys",
    "key_limit",
    "make_spec",
]

Rate = Annotated[float, Meta(ge=0.0, lt=1.0)]
VocabularySize = Annotated[int, Meta(ge=4, le=1_000_000)]
EmbeddingDim = Annotated[int, Meta(ge=1, le=4096)]
Units = Annotated[int, Meta(ge=1, le=8192)]


class ArgumentSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of the specifications: immutable, and unknown arguments are refused."""


class NetworkSpec(ArgumentSpec, frozen=True, kw_only=True):
    """Base of the arguments of networks, with what the rest of the zoo asks of one.

    Attributes:
        recurrent: whether a state goes from step to step.
        local: whether a step sees its neighbours alone.
        closed_form: whether its tasks are fitted in closed form, without epochs.
        at_load: arguments that may be chosen when a model is loaded, for no weight depends on them.
        hub_tags: what the Hub calls what is special about it, beside `rnn` where it is recurrent.
        telling: the arguments that one asks for first.
        shown_as: what arguments are called beside those of the training, by their names, where
            that has one of that name too.
    """

    recurrent: ClassVar[bool] = False
    local: ClassVar[bool] = False
    closed_form: ClassVar[bool] = False
    at_load: ClassVar[tuple[str, ...]] = ()
    hub_tags: ClassVar[tuple[str, ...]] = ()
    telling: ClassVar[tuple[str, ...]] = ("units", "num_layers", "embedding_dim")
    shown_as: ClassVar[Mapping[str, str]] = {}

    @property
    def described(self) -> str:
        """What it is, in a few words for cards; empty where its family's name says it all."""
        return ""

    @property
    def ahead(self) -> str:
        """Why no step can be taken before those that follow are known; empty if one can."""
        return "" if self.recurrent else "it has no state that goes from step to step"


Spec = TypeVar("Spec", bound=ArgumentSpec)


def make_spec(kind: type[Spec], **arguments: Any) -> Spec:
    """Return a specification, its arguments checked against their bounds.

    Args:
        kind: the specification's class.
        **arguments: its fields.

    Raises:
        InputError: an argument is unknown, of another type, or out of bounds.

    Example:
        >>> from zoo.networks.echo_state.spec import EchoStateBackboneSpec
        >>> make_spec(EchoStateBackboneSpec, channels=3, units=50).features
        53
    """
    try:
        # What is left out of a configuration is left out here.
        given = {name: value for name, value in arguments.items() if value is not msgspec.UNSET}
        return msgspec.convert({name: plain(value) for name, value in given.items()}, kind)
    except msgspec.ValidationError as error:
        raise InputError(f"{kind.__name__.removesuffix('Spec')}: {error}") from None


def holds_keys(name: str) -> bool:
    """Return whether a tensor of this name holds integers in ascending order along its last axis.

    These are the keys of a table, and the columns of the entries of a sparse matrix.

    Example:
        >>> holds_keys("ngram_embedding/keys_2"), holds_keys("ngram_embedding/embeddings_2")
        (True, False)
    """
    return name.rpartition("/")[2].startswith(("keys_", "recurrent_columns"))


def key_limit(name: str, shape: tuple[int, ...]) -> int:
    """Return what the integers of a tensor must be below.

    Args:
        name: name of a tensor that `holds_keys`.
        shape: its shape; a square matrix has as many columns as it has rows.

    Example:
        >>> key_limit("echo_state/echo_state_cell/recurrent_columns", (50, 5))
        50
    """
    return shape[0] if name.endswith("recurrent_columns") else 2**31


def count_parameters(shapes: dict[str, tuple[int, ...]]) -> int:
    """Return the number of parameters that tensors of these shapes hold.

    Example:
        >>> count_parameters({"a": (2, 3), "b": (4,)})
        10
    """
    return sum(math.prod(shape) for shape in shapes.values())
