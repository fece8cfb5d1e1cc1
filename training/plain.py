"""Texts from outside, such as names of files in an archive, made harmless to the terminal that shows them."""


def plain(text: object) -> str:
    """The text with every character that does more than stand there replaced, line breaks and tabs excepted."""
    return "".join(c if c in "\n\t" or c.isprintable() else "\ufffd" for c in str(text))
