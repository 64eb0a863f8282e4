"""The byte tee in front of a model: bytes pass untouched and at once, copies are read afterwards.

client ═▶ connection.ClientSide ═▶ connection.ModelSide ═▶ model      (and back)
                │ copies                 │ copies
                └─▶ conversation (requests ⇆ responses) ─▶ Observer
"""
