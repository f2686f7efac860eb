"""HTTP for every source that sends requests: one set of routes, six envelopes."""
