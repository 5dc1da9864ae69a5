"""Turning pages into bytes. `material` is the one module that knows mkdocs and its theme."""
