"""What bench/compare consists of."""
