"""Running programs on real torch.  Only this package imports torch, and only in processes of its own."""
