"""Run the command line with ``python -m prmbuild``."""

from prmbuild.cli.main import main

if __name__ == "__main__":
    main()
