"""What `modelmonitor labels push` does: read a file, send it, say what became of it."""
