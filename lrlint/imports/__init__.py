"""Imports: what a file imports and which files that means, told by texts alone.

Every run asks for this, so nothing here imports what takes its time: neither dataclasses nor the program.
"""
