"""What tasks that tell classes apart share: targets, scores, reports."""
