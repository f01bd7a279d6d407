"""Benchmarks: what routing costs, as ratios to a floor measured in the same run. `python -m bench` lists them."""
