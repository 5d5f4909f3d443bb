"""The agreement with the outside, written from the code."""
