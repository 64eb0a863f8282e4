"""`python -m modelmonitor` is the program `modelmonitor`."""

from modelmonitor.cli import main

if __name__ == "__main__":
    main()
