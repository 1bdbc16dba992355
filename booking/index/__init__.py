"""The slot index: of every resource how long it stays free, of every pool how many of it do."""
