"""The story that the demo shows and the end-to-end test checks: a model breaks, and everybody hears of it."""
