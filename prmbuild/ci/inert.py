"""Text from strangers, made harmless in the Markdown of GitHub and GitLab."""

import re

GAP = "\u200b"
"""A space without width: parts what would otherwise be read as a name, a number, a tag or an address."""

_TAGS = "details|summary|br|b|sub|ins|del|table|tr|td|th"
_TAG = re.compile(rf"<(?!/?(?:{_TAGS})(?: open)?(?: ?/)?>)")
_FENCE = re.compile(r"^([ \t>*+-]*(?:`{3,}|~{3,}))[ \t]*(?!(?:diff|text)[ \t]*$)[^\s`~].*$", re.MULTILINE)
_PARTED = re.compile(
    r"@(?=[\w-])"  # mentions; addresses of people
    r"|[#!$%~](?=\w)|\bGH(?=-\d)"  # numbers of issues, merge requests, snippets, milestones; names of labels
    r"|&(?=[#\w])"  # character references, which could spell any of the others
    r"|\](?=[(\[:])"  # links, images, and what defines them
    r"|^[ \t>]*(?=/\w)"  # commands to bots and quick actions
    r"|\b(?:https?|ftp|mailto|xmpp)(?=:)|\bwww(?=\.)",  # addresses
    re.IGNORECASE | re.MULTILINE,
)
_INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
_MARKUP = re.compile(r"([\\`*_{}\[\]()|~#+!>-])")


def inert(markdown: str) -> str:
    """Return Markdown that looks as before and does nothing.

    It mentions nobody, refers to no issue, commands no bot, links to nothing, embeds nothing, hides nothing in
    comments, and has no HTML beyond a few tags without attributes (``<details>``, ``<summary>`` ...).

    Source: https://github.github.com/gfm/,
    https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting and
    https://docs.gitlab.com/user/markdown/#gitlab-specific-references
    """
    text = _INVISIBLE.sub("", markdown.replace("\r\n", "\n").replace("\r", "\n"))
    text = _FENCE.sub(r"\1", text)
    return _PARTED.sub(rf"\g<0>{GAP}", _TAG.sub(f"<{GAP}", text))


def escaped(text: str) -> str:
    """Return text that Markdown shows as it is, on one line, also in a table, and that does nothing."""
    line = " ".join(_INVISIBLE.sub("", text).split())
    return inert(_MARKUP.sub(r"\\\1", line)).replace("<", "&lt;")
