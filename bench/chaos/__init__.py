"""Moves under faults: a plan, people who write meanwhile, what breaks, and what must be true at every moment."""
