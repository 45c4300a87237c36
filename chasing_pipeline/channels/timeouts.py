"""How long a provider may stay silent. Nothing here waits for ever."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Timeouts:
    """In seconds: until a connection stands, and between any two signs of life on it."""

    connect: float = 10
    read: float = 60


PATIENT = Timeouts()
