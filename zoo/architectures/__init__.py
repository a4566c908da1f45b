"""Keras backbones, one file a family."""

# Keras first, whole: what follows its import takes the modules here (`zoo.registration`), and
# would find the one that imported Keras half done.
from zoo.quiet import import_keras

import_keras()
