"""What a training run does with its optimizers and schedulers, written down while it runs.

`taps` puts ears on torch, `recorder` keeps what they hear as records, and the judges (`order`, `arguments`, `repeats`,
`idle`, `parameters`, `lengths`) say which of it are facts that a rule is about.  Nothing here changes what torch does.
"""
