"""What the commands of `api.cli` do."""
