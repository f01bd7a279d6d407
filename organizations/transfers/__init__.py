"""Transfer a top-level namespace, with everything below it, to another organization of the same pod.

`plan` says what a transfer would do and who would lose something by it. `steps` does it:

1. `routes`: the transfer is open (`organizations.models.NamespaceTransfer`). From now on no name below is claimed, and
   neither organization is moved or deleted.
2. `main`: the rows change their organization, and the outcome is written, in one transaction. This decides:
   these rows say who may see what is below.
3. `ci`: what was run for them follows.
4. `routes`: the names follow, and the transfer is done, in one transaction.

Each step may be repeated. Whatever dies before the second is committed, the janitor drops the transfer; after it, the
janitor goes on. Nobody's request is answered by half of it: pages and permissions read `main`, and `routes` says only
which pod serves, which is the same one before and after.
"""
