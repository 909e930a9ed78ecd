"""`python -m vitprune`."""

from vitprune.cli import main

if __name__ == "__main__":
    main()
