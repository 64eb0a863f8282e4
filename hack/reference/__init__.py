"""What is generated for readers: examples beside their source, and the reference pages of docs/."""
