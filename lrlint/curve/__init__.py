"""LR schedules as pictures: in the terminal, as PNG, SVG and HTML, and as a table.  Imports no torch."""
