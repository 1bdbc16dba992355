"""Who comes when, on which resources: expansion, placement, slots, changes, and the one writer."""
