"""The one kind of error that ends a command with one line and exit status 2."""


class UserError(Exception):
    """Something the user can put right: a bad argument, file or folder, a full disk.

    The message is one line that names the argument or file, the rule, the value and
    the way out.
    """


def one_line(message: object) -> str:
    """The text of a message with every run of white space made one blank."""
    return " ".join(str(message).split())
