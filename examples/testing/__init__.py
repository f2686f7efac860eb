"""A small app and its tests, written with the fixtures of the kit: `python -m pytest examples/testing`."""
