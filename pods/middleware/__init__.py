"""What happens to a request before and after its view, from the outside in:

`arrival` (who asks, liveness, learn; log and metrics) → `positions` (read your own writes) → `ownership` (is it
mine?) →
`unfinished` (what a new organization or name lacks) → `bodies` (is it all here?) → `wrong_methods` → `failures` (a
database is gone) → `global_pages` (whose home is it?) → view, with Django's own in between.
"""
