"""The evaluator alone, in a minute: a sample model, its customers, their truth, and what is counted."""
