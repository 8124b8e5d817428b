"""A search, from `search_loop` down: its trials (`trials`, `pool`, `worker`) and record (`study`).

`storage` holds the database and decides which process owns a running trial, `identity` decides
which search a study may be resumed by, and `reuse` finds networks that need not be trained again.
`remote_worker` takes part in the search of another machine.
"""
