"""PRM5xx: courses and quizzes."""

from prmbuild.codes.kinds import error, warning

UNKNOWN_COURSE_KEY = error(
    501,
    "unknown key in a course or quiz",
    "The key means nothing here.",
    "Correct it to one of the keys the message names, or remove it.",
)
MISSING_COURSE_KEY = error(
    502,
    "key missing in a course or quiz",
    "Something a course or quiz must say is not said.",
    "Add the key the message names.",
)
INVALID_COURSE_ID = error(
    503,
    "course in the wrong place",
    "A course is the file courses/<id>/course.yaml, and the folder's name is its id: small letters and digits in "
    "words joined by single hyphens.",
    "Move the file, or rename its folder.",
)
WRONG_COURSE_TYPE = error(
    504,
    "wrong kind of value in a course or quiz",
    "Text, a number, a list or a mapping stands where another kind of value is expected.",
    "Write the kind of value the message names; put quotes around text that looks like a number.",
)
INVALID_COURSE_VALUE = error(
    505,
    "value not allowed in a course or quiz",
    "The value has the right kind, but is not one that can be used here.",
    "Use a value the message allows.",
)
NO_CORRECT_OPTION = error(
    506,
    "question without a right answer",
    "None of the options is marked `correct: true`, so nobody could answer.",
    "Mark at least one option as correct.",
)
NO_WRONG_OPTION = error(
    507,
    "question without a wrong answer",
    "Every option is correct, so the question asks nothing.",
    "Add an option that is wrong.",
)
DUPLICATE_QUESTION = error(
    508,
    "question or option given twice",
    "Two questions have the same id, or two options of a question the same text. Answers are kept by these.",
    "Rename or remove one of them.",
)
COURSE_PATH_OUTSIDE = error(
    509,
    "path outside the course",
    "Lessons and the quiz of a course stand in the course's own folder.",
    "Write the path from the course's folder, with `/`, such as `lessons/01-start.md`.",
)
DUPLICATE_LESSON = error(
    510,
    "lesson or prerequisite given twice",
    "The same lesson or prerequisite stands twice in the course.",
    "Remove one of them.",
)
SELF_PREREQUISITE = error(
    511,
    "course that requires itself",
    "The course is its own prerequisite, so nobody could begin it.",
    "Remove it from the prerequisites.",
)
COURSE_PART_MISSING = error(
    512,
    "lesson or quiz missing",
    "The course names a lesson or a quiz that does not exist, so the course is not shown to anybody.",
    "Add the file, or correct its path, which is written from the course's folder.",
)
UNUSED_COURSE_FILE = warning(
    513,
    "page or quiz of no course",
    "The file is in a course's folder, but course.yaml names it neither as a lesson nor as the quiz, so it is never "
    "published.",
    "Add it under `lessons:`, or delete it.",
)
UNKNOWN_PREREQUISITE = error(
    514,
    "unknown prerequisite",
    "The course requires another course that does not exist, so nobody could begin it.",
    "Correct the id; it is the name of the other course's folder.",
)
PREREQUISITE_CYCLE = error(
    515,
    "courses that require each other",
    "The course requires itself by way of others, so nobody could begin any of them.",
    "Remove one of the prerequisites that the message names.",
)
COURSE_NOT_SHOWN = warning(
    516,
    "course that some do not get",
    "The rules show the course to these readers, but not all of what belongs to it: its lessons, its quiz and the "
    "courses it requires. A course shows only where all its parts do, so they do not get it at all.",
    "Show the part that the message names to the same readers, or narrow the course with `audience:`.",
)
COURSE_INCOMPLETE = warning(
    517,
    "course with a part that is not published",
    "The course is approved, but one of its lessons or its quiz is not published, so nobody gets the course.",
    "Approve the part that the message names, or take it out of course.yaml.",
)
REQUIRED_BUT_HIDDEN = warning(
    518,
    "required course that is not shown",
    "The course is required for readers who do not see it.",
    "Show the course to everybody it is required for, or narrow `required_for:`.",
)
COURSE_WITHOUT_FILE = warning(
    519,
    "course folder without course.yaml",
    "The file is under courses/, but in no folder with a course.yaml, so it is never published.",
    "Add a course.yaml, or move the file to a course's folder or to content/.",
)
