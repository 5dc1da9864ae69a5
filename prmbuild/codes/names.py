"""PRM2xx: names and shape of ``partners.yaml``, ``visibility.yaml`` and ``prm.yaml``, and audience expressions."""

from prmbuild.codes.kinds import error, info, warning

UNKNOWN_KEY = error(
    201,
    "unknown key",
    "The key means nothing here. It may be misspelt, or indented one level too far or too little.",
    "Use one of the keys the message names; remove the key if it is not needed.",
)
MISSING_KEY = error(
    202,
    "key missing",
    "Something that must be said is not said.",
    "Add the key the message names.",
)
UNKNOWN_SEGMENT = error(
    203,
    "unknown segment",
    "The segment is not one of those under `segments:` in partners.yaml.",
    "Correct the name, or declare the segment.",
)
WRONG_TYPE = error(
    204,
    "wrong kind of value",
    "Text, a number, a list or a mapping stands where another kind of value is expected.",
    "Write the kind of value the message names; put quotes around text that looks like a number.",
)
INVALID_VALUE = error(
    205,
    "value not allowed",
    "The value has the right kind, but is not one that can be used here.",
    "Use a value the message allows.",
)
INVALID_ID = error(
    206,
    "invalid id",
    "Ids become part of addresses: small letters and digits in words joined by single hyphens, such as `gold-emea`, "
    "64 characters at most.",
    "Rename it so.",
)
MISSING_FILE = error(
    207,
    "file of the programme missing",
    "partners.yaml, visibility.yaml and prm.yaml stand at the root of every programme; one of them is not there.",
    "Create it as the message says, or begin with `prmbuild init`.",
)
DUPLICATE_ID = error(
    208,
    "id given twice",
    "Two things of the same kind have the same id, so a reference to it could mean either.",
    "Rename or remove one of them.",
)
UNKNOWN_DIMENSION = error(
    209,
    "unknown dimension",
    "The key is neither a known key nor one of the dimensions in partners.yaml.",
    "Correct the name, or declare the dimension under `dimensions:`.",
)
UNKNOWN_DIMENSION_VALUE = error(
    210,
    "unknown value of a dimension",
    "The value is not one of those declared for the dimension in partners.yaml.",
    "Correct the value, or add it to the dimension.",
)
UNKNOWN_ROLE = error(
    211,
    "unknown role",
    "The role is not one of those under `roles:` in partners.yaml.",
    "Correct the name, or add the role.",
)
UNKNOWN_PARTNER = error(
    212,
    "unknown partner",
    "The partner is not one of those under `partners:` in partners.yaml.",
    "Correct the id, or add the partner.",
)
UNKNOWN_AUDIENCE = error(
    213,
    "unknown audience",
    "The name is neither `everyone`, `nobody` nor one of the audiences in visibility.yaml.",
    "Correct the name, or declare it under `audiences:`; write a single attribute as a mapping, as in `{tier: gold}`.",
)
AUDIENCE_KEYS_CLASH = error(
    214,
    "the same question twice",
    "`role` and `roles` (and so on) stand in one mapping. Keys of a mapping must all hold, so the two would have to "
    "agree.",
    "Keep one of them, with all its values in one list.",
)
EMPTY_AUDIENCE = error(
    215,
    "empty audience",
    "The audience says nothing, and could be taken for everyone or for nobody.",
    "Write `everyone` or `nobody`, or say who is meant.",
)
AUDIENCE_CYCLE = error(
    216,
    "audience that refers to itself",
    "The audience is explained by itself, directly or through others, so it has no meaning.",
    "Break the circle at the place named.",
)
RESERVED_NAME = error(
    217,
    "reserved name",
    "The name already means something in audiences or in partners.yaml.",
    "Choose another name.",
)
AMBIGUOUS_PARTNER = error(
    218,
    "partner with the id of a role",
    "A portal's id is made of segment, partner and role; a partner named like a role would make two portals look "
    "the same.",
    "Rename the partner or the role.",
)
MISSING_ATTRIBUTE = warning(
    219,
    "partner without a value of a dimension",
    "Neither the partner nor its segment has a value of the dimension. Every audience that asks for it, or for its "
    "opposite, leaves the partner out.",
    "Give the partner or its segment a value.",
)
SELF_CONNECTION = error(
    220,
    "connection to oneself",
    "A partner is connected to itself.",
    "Name another partner, or remove the connection.",
)
ONE_SIDED_CONNECTION = info(
    221,
    "one-sided connection",
    "Only one of the two partners names the other; a connection counts only when both do.",
    "Add the connection on the other side, or remove this one.",
)
DUPLICATE_EMAIL = error(
    222,
    "e-mail address given twice",
    "Two relation managers have the same e-mail address, so a sign-in could be either.",
    "Correct one of the addresses, or merge the two.",
)
NEGATED_PATH = error(
    223,
    "negated path",
    "A glob that starts with `!` would take files out of a rule. Rules only ever say which files they speak of.",
    "Write a narrower rule instead.",
)
UNSAFE_GLOB = error(
    224,
    "path outside the repository",
    "Paths in rules are relative to the root of the repository and use `/`.",
    "Write the path as it stands in the repository, such as `content/pricing/**`.",
)
INVALID_URL = error(
    225,
    "not a usable address",
    "The address of the portal must be absolute, with https (or http), a host and nothing after the path.",
    "Write it in full, such as `https://partners.example.com/`.",
)
EVIDENCE_WITHOUT_APPROVERS = error(
    226,
    "nobody may approve",
    "With the evidence `trailer` or `signature`, only the people under `approvers` can approve; there are none.",
    "Name the approvers, or use `evidence: merge`.",
)
DUPLICATE_VALUE = error(
    227,
    "value given twice",
    "The same value stands twice in a list where each may stand once.",
    "Remove one of them.",
)
SHARED_DOMAIN = warning(
    228,
    "e-mail domain of two partners",
    "Two partners have the same e-mail domain, so an address does not tell which of them a person belongs to.",
    "Correct one of the domains, if they are different companies.",
)
AUDIENCE_TOO_LARGE = error(
    229,
    "audience too large",
    "Written out with all the audiences it names, the audience has more than 1,000 parts or 32 levels.",
    "Say it with fewer parts, for example with a segment or a dimension of its own.",
)
INVALID_GLOB = error(
    230,
    "glob that cannot be read",
    "The pattern does not follow the rules of gitignore patterns, or is longer than 512 letters or has more than "
    "8 wildcards, which could take for ever to match.",
    "Check its brackets, or write several simpler patterns.",
)
