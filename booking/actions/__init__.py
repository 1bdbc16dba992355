"""What can be done: one action a file. Each reads, computes what should be, and lets `settle` do the rest."""
