"""Long campaigns against a running server: `make chaos`."""
