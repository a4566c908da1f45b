"""What a GRU-D may be, and the tensors that it implies; no Keras here."""

from __future__ import annotations

from zoo.series.irregular_spec import IrregularBackboneSpec

__all__ = ["CELL", "GRUDBackboneSpec"]

CELL = "grud/grud_cell"


class GRUDBackboneSpec(IrregularBackboneSpec, frozen=True, kw_only=True):
    """Arguments of `zoo.networks.grud.backbone.GRUDBackbone`; those of `IrregularBackboneSpec`."""

    @property
    def described(self) -> str:
        return f"GRU-D: {self.units:,} units over {len(self.variables):,} variables"

    def cell_shapes(self) -> dict[str, tuple[int, ...]]:
        variables = len(self.variables)
        return {
            f"{CELL}/input_decay": (variables,),
            f"{CELL}/input_decay_bias": (variables,),
            f"{CELL}/state_decay": (variables, self.units),
            f"{CELL}/state_decay_bias": (self.units,),
            **self.gru_shapes(CELL),
        }
