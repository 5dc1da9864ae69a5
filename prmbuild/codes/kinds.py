"""How the families write their codes down."""

from prmbuild.diagnostics import Code, Severity


def error(number: int, title: str, meaning: str, remedy: str) -> Code:
    """Return the code of a finding that makes a command fail."""
    return Code(id=f"PRM{number}", severity=Severity.ERROR, title=title, meaning=meaning, remedy=remedy)


def warning(number: int, title: str, meaning: str, remedy: str) -> Code:
    """Return the code of a finding worth a look that fails nothing."""
    return Code(id=f"PRM{number}", severity=Severity.WARNING, title=title, meaning=meaning, remedy=remedy)


def info(number: int, title: str, meaning: str, remedy: str) -> Code:
    """Return the code of a finding that is merely good to know."""
    return Code(id=f"PRM{number}", severity=Severity.INFO, title=title, meaning=meaning, remedy=remedy)
