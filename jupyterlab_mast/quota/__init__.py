"""How much a person may store, uses, and has reserved."""
