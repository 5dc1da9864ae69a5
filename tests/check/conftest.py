"""The option that rewrites what the cases expect."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="rewrite expected.txt of the cases with what is found now"
    )
