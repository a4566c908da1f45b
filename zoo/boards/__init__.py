"""TensorBoard runs made of a checkpoint: of its record and its weights, when they are wanted."""
