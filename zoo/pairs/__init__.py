"""What encoder-decoders share: batches of pairs, beam search, alignments."""
