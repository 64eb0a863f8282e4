"""The pods of a monitor's target: marked for an evaluator, protected from it, let go at the end."""
