"""A function whose import fails."""

raise RuntimeError("broken at import")
