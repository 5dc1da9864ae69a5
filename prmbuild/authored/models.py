"""The shape of every authored file, for checking and for the JSON Schemas; converted into frozen values at once."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from prmbuild.authored.values import (
    NO_VALUE,
    Attribute,
    Day,
    Domain,
    Duration,
    EdgeArn,
    Email,
    Expression,
    Glob,
    Handle,
    Instant,
    Language,
    Line,
    PartnerId,
    PortalUrl,
    SegmentId,
    Slug,
    Target,
)

StatusWord = Literal["draft", "in_review", "approved", "retired"]


_EXPRESSIONS = frozenset(("audience", "required_for", "show_to", "seen_by"))


class Mapped(BaseModel):
    """A mapping of an authored file. A key that is there has a value: an empty ``expire_at:`` is no date at all."""

    @field_validator("*", mode="before")
    @classmethod
    def _refuse_nothing(cls, value: object, info: ValidationInfo) -> object:
        if value is None and info.field_name not in _EXPRESSIONS:
            raise PydanticCustomError(NO_VALUE, "no value")
        return value


class Closed(Mapped):
    """A mapping whose keys are all known."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


class Open(Mapped):
    """A mapping that may also hold dimensions, which are checked by hand."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True, defer_build=True)

    __pydantic_extra__: dict[str, Attribute] = Field(init=False)


class SegmentModel(Open):
    """A named group of partners, with the attributes they inherit: one key for each dimension."""

    id: Slug = Field(description="Name of the segment, used in references and in addresses.")
    title: Line = Field(description="Name of the segment for people.")


class ConnectionModel(Closed):
    """One side's half of an edge between two partners; the edge needs both."""

    to: PartnerId = Field(description="Id of the other partner.")
    shows: Literal["hidden", "counted", "listed"] = Field(
        default="hidden", description="How much the other side's network sees: nothing, a count, or the name."
    )


class PartnerModel(Open):
    """A company. Keys named like a dimension add attributes, or override those of its segment."""

    id: Slug = Field(description="Name of the partner, used in references and in addresses.")
    name: Line = Field(description="Name of the company.")
    segment: SegmentId = Field(description="Id of the partner's segment.")
    domains: list[Domain] = Field(default=[], description="E-mail domains of the partner's people.")
    languages: list[Language] = Field(default=[], description="Languages of the partner's people, preferred first.")
    connections: list[ConnectionModel] = Field(default=[], description="Other partners this one works with.")


class ManagerModel(Closed):
    """Somebody at the vendor who looks after partners, view only."""

    id: Slug = Field(description="Name of the relation manager, used in addresses.")
    name: Line = Field(description="Full name.")
    email: Email = Field(description="E-mail address, used to sign in.")
    partners: list[PartnerId] = Field(description="Ids of the partners assigned.")


class PartnersFile(Closed):
    """Who takes part in the programme."""

    dimensions: dict[Slug, Annotated[list[Slug], Field(min_length=1)]] = Field(
        default={}, description="What partners differ in, each with all its values: the words audiences are made of."
    )
    roles: Annotated[list[Slug], Field(min_length=1)] = Field(description="What a person may do at a partner.")
    segments: list[SegmentModel] = Field(description="Named groups of partners.")
    partners: list[PartnerModel] = Field(description="The partners.")
    managers: list[ManagerModel] = Field(default=[], description="Relation managers and the partners assigned to them.")


class RuleModel(Closed):
    """Paths, and whom they are shown to."""

    paths: Annotated[list[Glob], Field(min_length=1)] = Field(
        description="gitignore-style patterns, relative to the root of the repository."
    )
    show_to: Expression = Field(description="The audience that the rule admits.")


class ClaimModel(Closed):
    """Paths, and the audience an assertion speaks of."""

    paths: Annotated[list[Glob], Field(min_length=1)] = Field(
        description="gitignore-style patterns, relative to the root of the repository."
    )
    seen_by: Expression = Field(description="The audience that must never, or always, see the files.")


class AssertionModel(Closed):
    """A test of intent: either `never` or `always`."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["never"]}, {"required": ["always"]}]},
    )

    never: ClaimModel | None = Field(default=None, description="Nobody of the audience sees any of the files.")
    always: ClaimModel | None = Field(default=None, description="Everybody of the audience sees all of the files.")


class VisibilityFile(Closed):
    """Who sees what. A file is seen when a rule matches it and every rule that matches it admits the viewer."""

    audiences: dict[Slug, Expression] = Field(default={}, description="Audiences by name, for use in rules and pages.")
    rules: list[RuleModel] = Field(description="The rules; their order means nothing.")
    assertions: list[AssertionModel] = Field(default=[], description="Tests of intent, run by `prmbuild check`.")


class ApproversModel(Closed):
    """People entitled to approve changes to paths."""

    paths: Annotated[list[Glob], Field(min_length=1)] = Field(
        description="gitignore-style patterns, relative to the root of the repository."
    )
    people: Annotated[list[Email], Field(min_length=1)] = Field(description="E-mail addresses, as in git.")


class ApprovalModel(Closed):
    """What proves that a version was approved, and by whom it may be."""

    evidence: Literal["merge", "trailer", "signature"] = Field(
        default="merge",
        description="`merge`: being on the branch; `trailer`: an Approved-by trailer of an approver who is not the "
        "author; `signature`: a commit signed with a key that `allowed_signers` gives to such an approver.",
    )
    approvers: list[ApproversModel] = Field(default=[], description="Who may approve which paths.")
    widening: list[ApproversModel] = Field(
        default=[],
        description="Who may approve that more partners see files under these paths; where nothing is said of a path, "
        "its approvers may.",
    )
    handles: dict[Email, Handle] = Field(
        default={}, description="Names on the code host by e-mail address, for CODEOWNERS: `@name` or `@group/team`."
    )


class PublishModel(Closed):
    """Where the portals are published."""

    to: Target = Field(description="`dir:PATH` or `s3://BUCKET[/PREFIX]`.")
    edge: EdgeArn | None = Field(
        default=None, description="ARN of the CloudFront KeyValueStore that follows what is published there."
    )


class PrmFile(Closed):
    """Settings of the programme as a whole."""

    vendor: Line = Field(description="Name of the vendor, as partners read it.")
    portal_url: PortalUrl = Field(description="Address partners open, in full.")
    branch: Line = Field(default="main", description="The branch that is published.")
    approval: ApprovalModel = Field(default=ApprovalModel(), description="The policy of approval; merges by default.")
    publish: PublishModel | None = Field(default=None, description="Where to publish, unless --to says otherwise.")
    channels: dict[Slug, dict[Slug, Line]] = Field(
        default={}, description="Channels for messages by name, each with its settings. Secrets do not belong here."
    )


class FrontMatter(Closed):
    """What a page says about itself."""

    title: Line | None = Field(default=None, description="Title; where left out, the page's first heading.")
    description: str = Field(default="", description="One sentence, shown on cards and in search.")
    type: Slug | None = Field(default=None, description="Kind of resource, such as guide or price-list.")
    topics: list[Slug] = Field(default=[], description="What the page is about.")
    language: Language = Field(default="en", description="Language of the page, a BCP 47 tag.")
    status: StatusWord | None = Field(
        default=None, description="Only approved versions are published. A page that says nothing is a draft."
    )
    audience: Expression = Field(default=None, description="Narrows who sees the page; alone it publishes nothing.")
    owner: Line | None = Field(default=None, description="Who answers for the page, usually an e-mail address.")
    publish_at: Instant | None = Field(default=None, description="Not published before; with time and zone.")
    expire_at: Instant | None = Field(default=None, description="Not published from then on; with time and zone.")
    last_reviewed_on: Day | None = Field(default=None, description="Day somebody last checked the page.")
    review_in: Duration | None = Field(
        default=None, description="How long after `last_reviewed_on` the next review is due, in days or weeks."
    )
    file: Line | None = Field(default=None, description="Path, from the page's folder, of the download it presents.")
    order: int | None = Field(default=None, description="Place among the pages of its folder.")


class CourseFile(Closed):
    """A course: lessons, and perhaps a quiz."""

    title: Line = Field(description="Title of the course.")
    description: str = Field(default="", description="One sentence, shown on cards.")
    status: StatusWord = Field(default="draft", description="Only approved versions are published.")
    required_for: Expression = Field(default=None, description="Who must do the course; optional for all others.")
    audience: Expression = Field(default=None, description="Narrows who sees the course.")
    lessons: Annotated[list[Line], Field(min_length=1)] = Field(
        description="Paths of the lessons from the course's folder, in order."
    )
    quiz: Line | None = Field(default=None, description="Path of the quiz from the course's folder.")
    pass_mark: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.8, description="Share of right answers needed to pass, from 0 to 1."
    )
    valid_for: Duration | None = Field(default=None, description="How long a certificate holds; for ever if left out.")
    prerequisites: list[Slug] = Field(default=[], description="Ids of courses to be passed before.")
    topics: list[Slug] = Field(default=[], description="What the course is about.")
    language: Language = Field(default="en", description="Language of the course, a BCP 47 tag.")
    owner: Line | None = Field(default=None, description="Who answers for the course, usually an e-mail address.")
    publish_at: Instant | None = Field(default=None, description="Not published before; with time and zone.")
    expire_at: Instant | None = Field(default=None, description="Not published from then on; with time and zone.")
    last_reviewed_on: Day | None = Field(default=None, description="Day somebody last checked the course.")
    review_in: Duration | None = Field(
        default=None, description="How long after `last_reviewed_on` the next review is due, in days or weeks."
    )


class OptionModel(Closed):
    """One answer to choose."""

    text: Line = Field(description="The answer.")
    correct: bool = Field(default=False, description="Whether it is right; never published.")


class QuestionModel(Closed):
    """A question; at least one option is correct and one is wrong."""

    id: Slug = Field(description="Name of the question; answers are kept by it, so it does not change.")
    question: Line = Field(description="The question.")
    options: Annotated[list[OptionModel], Field(min_length=2)] = Field(description="The answers to choose from.")
    explanation: str = Field(default="", description="Shown after answering; never published.")


class QuizFile(Closed):
    """The questions of a course."""

    questions: Annotated[list[QuestionModel], Field(min_length=1)] = Field(description="The questions, in order.")
