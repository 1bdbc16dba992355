"""The outside world: HTTP, the command line, the database's life. Nothing imports this package."""
