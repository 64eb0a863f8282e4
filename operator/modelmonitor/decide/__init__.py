"""Pure decisions: whether to act upon what others own, from what was seen of it; nothing here can act."""
