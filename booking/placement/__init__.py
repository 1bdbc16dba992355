"""Placing sessions in time and on resources by constraint programming. Integers in, integers out."""
