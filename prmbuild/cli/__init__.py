"""The command line: options in, text and exit codes out. The only package that imports click."""
