"""Imports Keras, its backend and KerasHub without a word; the first import of what uses them."""

from zoo.common.quiet import import_keras

import_keras()
