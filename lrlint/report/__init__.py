"""Reports: pure functions from findings to text, one module an output format."""
