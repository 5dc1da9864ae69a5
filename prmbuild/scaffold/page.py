"""A new page: front matter that explains itself, and a text to write over."""

from datetime import date

from msgspec import Struct

from prmbuild.authored.scalars import write_scalar


class NewPage(Struct, frozen=True, kw_only=True):
    """What is known of a new page.

    Attributes:
        audience: an expression in flow YAML on one line; empty where the rules decide alone.
        owner: empty where nobody is named.
        review_in: as in ``180d``; counts only where there is an owner.
    """

    path: str
    title: str
    type: str
    status: str = "draft"
    topics: tuple[str, ...] = ()
    language: str = "en"
    audience: str = ""
    owner: str = ""
    review_in: str = "180d"


def page_text(page: NewPage, today: date) -> str:
    """Return the Markdown of a new page.

    Args:
        page: what is known of it.
        today: the day it counts as reviewed on.
    """
    narrowed = f"audience: {page.audience}" if page.audience else "# audience: everyone"
    dates = [f"last_reviewed_on: {today.isoformat()}", f"review_in: {page.review_in}"]
    lines = (
        "---",
        f"title: {write_scalar(page.title)}",
        "# One sentence, for cards and search results.",
        'description: ""',
        "# What kind of page it is, such as guide or price-list, and what it is about: readers filter by both.",
        f"type: {page.type}",
        f"topics: [{', '.join(page.topics)}]",
        f"language: {page.language}",
        "# draft, in_review, approved (published once it is merged) or retired.",
        f"status: {page.status}",
        "# Narrows who sees the page, as in {region: emea}; what visibility.yaml says holds besides.",
        narrowed,
        "# Who answers for the page and is told when to review it.",
        f"owner: {write_scalar(page.owner)}" if page.owner else "# owner: somebody@your-company.example",
        *(dates if page.owner else (f"# {line}" for line in dates)),
        "# A day to appear or to vanish on, with time and zone:",
        "# publish_at: 2030-01-31T08:00:00Z",
        "# expire_at: 2030-12-31T00:00:00Z",
        "---",
        "",
        "Say in the first sentence what readers get from this page.",
        "",
        "## First heading",
        "",
        "Then tell them, step by step.",
        "",
    )
    return "\n".join(lines)
