"""Which series evaluators expose, known beforehand: evaluators count them, plans hold them to a budget."""
