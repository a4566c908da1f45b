"""ONNX graphs: written without a library, and run."""
