"""What tasks that read texts share: vocabularies, tokens, doubts, explanations."""
