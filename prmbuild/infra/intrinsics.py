"""CloudFormation's functions, as values.

Source: AWS CloudFormation Template Reference, "Intrinsic functions".
"""

from collections.abc import Mapping, Sequence

Value = str | int | bool | Sequence["Value"] | Mapping[str, "Value"]
"""What may stand in a template."""

NOTHING: Value = {"Ref": "AWS::NoValue"}
"""Takes the property away that has it."""


def ref(name: str) -> Value:
    """Return the value of a parameter, or the id of a resource."""
    return {"Ref": name}


def attribute(resource: str, name: str) -> Value:
    """Return an attribute of a resource."""
    return {"Fn::GetAtt": [resource, name]}


def sub(text: str, **names: Value) -> Value:
    """Return a text in which ``${Name}`` stands for a parameter, a resource, or one of ``names``."""
    return {"Fn::Sub": [text, names] if names else text}


def part(text: Value, separator: str, number: int) -> Value:
    """Return a part of a text, counted from 0."""
    return {"Fn::Select": [number, {"Fn::Split": [separator, text]}]}


def when(condition: str, then: Value, otherwise: Value = NOTHING) -> Value:
    """Return one of two values."""
    return {"Fn::If": [condition, then, otherwise]}


def given(parameter: str) -> Value:
    """Return the condition that a parameter is not empty."""
    return {"Fn::Not": [{"Fn::Equals": [ref(parameter), ""]}]}


def equal(one: Value, other: Value) -> Value:
    """Return the condition that two values are the same."""
    return {"Fn::Equals": [one, other]}


def all_of(*conditions: str) -> Value:
    """Return the condition that others hold."""
    return {"Fn::And": [{"Condition": name} for name in conditions]}


def none_of(condition: str) -> Value:
    """Return the condition that another does not hold."""
    return {"Fn::Not": [{"Condition": condition}]}
