import re
from collections.abc import Mapping

from tests.conftest import MakeRepo, files_of
from tests.site.conftest import CONTENT, QUIZ


def test_a_quiz_holds_questions_and_options_alone(portal: Mapping[str, bytes]) -> None:
    quiz = portal["courses/basics/quiz/index.html"].decode()
    assert "This way" in quiz and "A brick" in quiz
    for path, data in portal.items():
        assert b"SECRET-EXPLANATION" not in data, path


def test_which_option_is_right_changes_no_byte(make_repo: MakeRepo) -> None:
    other = QUIZ.replace("{text: This way, correct: true}", "{text: This way}").replace(
        "{text: That way}", "{text: That way, correct: true}"
    )
    assert other != QUIZ
    first = files_of(make_repo(CONTENT).render(), "nordwind")
    second = files_of(make_repo({**CONTENT, "courses/basics/quiz.yaml": other}).render(), "nordwind")
    assert first == second


def test_options_keep_their_order_and_are_grouped(portal: Mapping[str, bytes]) -> None:
    quiz = portal["courses/basics/quiz/index.html"].decode()
    assert re.findall(r'<input type="(radio|checkbox)" name="(q\d)" value="(\d)"><span>([^<]*)', quiz) == [
        ("radio", "q1", "0", "This way"),
        ("radio", "q1", "1", "That way"),
        ("checkbox", "q2", "0", "A ball"),
        ("checkbox", "q2", "1", "A wheel"),
        ("checkbox", "q2", "2", "A brick"),
    ]
    assert quiz.count("<fieldset") == quiz.count("<legend>") == 2
    assert 'data-action="../../../api/courses/basics/attempts"' in quiz


def test_questions_are_escaped(portal: Mapping[str, bytes]) -> None:
    quiz = portal["courses/basics/quiz/index.html"]
    assert b"Which &lt;b&gt;way&lt;/b&gt; is up?" in quiz


def test_a_course_says_what_it_takes(portal: Mapping[str, bytes]) -> None:
    course = portal["courses/basics/index.html"].decode()
    assert re.search(r"<dd>2</dd>.*<dd>3 min</dd>.*<dd>80 %</dd>.*<dd>valid for 1 year</dd>", course, re.DOTALL)
    assert "portal-badge--required" in course
    assert course.index("First lesson") < course.index("Second lesson") < course.index("Take the quiz")
