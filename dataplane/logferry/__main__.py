"""`python -m logferry`."""

from logferry.cli import main

if __name__ == "__main__":
    main()
