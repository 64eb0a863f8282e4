"""What is wrong with a monitor beyond its shape, one module for each part of a spec."""
