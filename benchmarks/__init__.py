"""Speed as ratios: every figure compares programs that took turns in the same run on the same machine."""
