"""AWS: what a key is, whether it is live, what covers it, how bad it is, and the fix.

    details (files) | gather (AWS) --account--> bind --> evaluate --> exposure, privileges --> severity --> assessment --> view
    facts, keyid: what a value tells by itself          remedy, respond, restriction: what to do about it

`account` holds the records that everything here reads. Calls of AWS go through `client`: questions by `identity` and `reader`,
changes by `apply`. The evaluator and all that is built on it are pure functions of the records.
"""
