"""AWS: what a key is, whether it is live, what covers it, how bad it is, and the fix.

`account` holds the records that everything here reads; they come from files (`details`) or from AWS (`gather`). Nothing
but `gather`, `identity` and `apply` reaches the network; the evaluator and all that is built on it are pure functions of the
records.
"""
