"""How a finished message leaves the house. One file per way out, one protocol, one tree of errors."""
