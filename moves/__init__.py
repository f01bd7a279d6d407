"""Take an organization from one pod to another while people work in it.

Read the steps in this order: prepare, copy, catch_up, rehearse, fence, verify, flip, settle, purge, roll_back.
`states` has the states and the arrows between them, `driver` takes a move from one to the next.
"""
