"""Reproductions: small torch programs made from the user's own, without its data and its model.  No torch in here."""

from lrlint.reproduction.record import Line, NotReproducibleError, Reproduction, Settings, StandIn
from lrlint.reproduction.script import reproduce, reproduce_schedule

__all__ = ["Line", "NotReproducibleError", "Reproduction", "Settings", "StandIn", "reproduce", "reproduce_schedule"]
