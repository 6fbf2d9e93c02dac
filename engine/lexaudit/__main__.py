"""`python -m lexaudit`."""

from lexaudit.cli import main

if __name__ == "__main__":
    main()
