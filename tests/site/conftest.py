from collections.abc import Mapping

import pytest

from prmbuild.site import folders, navigation
from tests.conftest import CONFIGURATION, MakeRepo, files_of, page

COURSE = """\
title: {title}
description: What every engineer knows.
status: approved
required_for: {{role: sales}}
lessons: [lessons/01-first.md, lessons/02-second.md]
quiz: quiz.yaml
pass_mark: 0.8
valid_for: 365d
"""

QUIZ = """\
questions:
  - id: one
    question: Which <b>way</b> is up?
    options:
      - {text: This way, correct: true}
      - {text: That way}
    explanation: SECRET-EXPLANATION
  - id: two
    question: Which are round?
    options:
      - {text: A ball, correct: true}
      - {text: A wheel, correct: true}
      - {text: A brick}
    explanation: SECRET-EXPLANATION
"""

HOSTILE = '<script>alert(1)</script> & "quoted" </textarea>'

CONTENT: Mapping[str, str | bytes] = {
    **CONFIGURATION,
    "content/guides/zebra.md": page("Zebra", "First of all.", order="1"),
    "content/guides/apple.md": page(
        "Apple", "## Peel\n\nPeel it.\n\n## Core\n\nLeave it.", topics="[fruit, safety]", type="guide"
    ),
    "content/guides/mango.md": page("Mango", "Text."),
    "content/guides/mango/stone.md": page("Stone", "Text."),
    "content/guides/index.md": page("All guides", "Text."),
    "content/guides/deep/leaf.md": page("Leaf", "Text."),
    "content/prices.md": page("Prices", "[List](assets/list.pdf)", type="price-list", description="All <prices>"),
    "content/assets/list.pdf": b"%PDF-1.4 list",
    "content/gold/rebate.md": page("Gold rebate", "Text."),
    "content/hostile.md": page(f"'{HOSTILE}'", "Text.", topics="[fruit]"),
    "courses/basics/course.yaml": COURSE.format(title="Basics"),
    "courses/basics/lessons/01-first.md": page("First lesson", "word " * 450),
    "courses/basics/lessons/02-second.md": page("Second lesson", "Short."),
    "courses/basics/quiz.yaml": QUIZ,
}


def split_at(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """Split a portal's documents as if it were large: at so many pages."""
    monkeypatch.setattr(folders, "SEGMENT", most)
    monkeypatch.setattr(navigation, "SEGMENT", most)


@pytest.fixture
def portal(make_repo: MakeRepo) -> Mapping[str, bytes]:
    """Path → bytes of a gold partner's portal."""
    return files_of(make_repo(CONTENT).render(), "nordwind")


@pytest.fixture
def silver(make_repo: MakeRepo) -> Mapping[str, bytes]:
    """Path → bytes of a silver partner's portal."""
    return files_of(make_repo(CONTENT).render(), "arbor")
