"""The command line: options, their rules and the errors of both."""
