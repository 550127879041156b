"""Be `python -m sync.cli`."""

from sync.cli.main import main

if __name__ == "__main__":
    main()
