"""What torch.optim looks like and does, as data and pure Python: nothing here imports torch."""
