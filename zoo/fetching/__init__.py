"""What comes over the network: files by their address, and the Hugging Face Hub."""
