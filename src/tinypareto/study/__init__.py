"""The search, from `search_loop` down: trials (`trials`, `pool`, `worker`), their memory (`study`).

`storage` says whose a running trial is, `identity` what may be resumed, `reuse` what need not be
trained again; `joining` is a worker from elsewhere.
"""
