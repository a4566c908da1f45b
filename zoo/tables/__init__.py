"""Tables of texts, labels and numbers, in whatever form people have them."""
