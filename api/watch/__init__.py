"""What runs, as seen from outside: metrics, traces, and the log of requests. None of it names a person."""
