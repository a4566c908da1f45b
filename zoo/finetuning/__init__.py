"""Fine-tuning: a checkpoint and a user's data in, another checkpoint out."""
