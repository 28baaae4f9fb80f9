"""The cases of rules: small programs, and the proofs that rule, fix and torch agree about each of them."""
