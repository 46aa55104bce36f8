"""Judges requests and answers by what Discord's REST API knows: `tests/specs` holds its operations and schemas.

They know no event of the gateway.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from tests.specs import facts

MOST_SAID = 300
"""Characters of a verdict: a library quotes what it judges."""

_IN_BRACES = re.compile(r"\\\{\w+\\\}")
_FILE_PART = re.compile(r"files\[(\d)\]")

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Operation:
    """Something that the API can be asked to do."""

    method: str
    template: str
    description: Json
    shared_parameters: list[Json]

    @cached_property
    def body(self) -> Draft202012Validator | None:
        content = self.description.get("requestBody", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema")
        return _validator(schema, are_numbers_identifiers=True) if schema else None

    @cached_property
    def query(self) -> dict[str, Json]:
        parameters = self.shared_parameters + self.description.get("parameters", [])
        return {each["name"]: each["schema"] for each in parameters if each["in"] == "query"}

    @cache  # noqa: B019  # operations live as long as the description
    def answer(self, status: int) -> Draft202012Validator | None:
        """Return the validator for an answer; None if nothing is said about one of this status."""
        answers = self.description["responses"]
        answer = answers.get(str(status)) or answers.get(f"{status // 100}XX") or {}
        if "$ref" in answer:
            answer = facts("discord")["responses"][answer["$ref"].rsplit("/", 1)[1]]
        schema = answer.get("content", {}).get("application/json", {}).get("schema")
        return _validator(schema, are_numbers_identifiers=False) if schema else None

    def __hash__(self) -> int:
        return hash((self.method, self.template))


def violations_of_request(
    method: str, path: str, *, query: Mapping[str, str], body: Any, file_parts: Collection[str]
) -> list[str]:
    """Return everything in a request that Discord does not know."""
    operation = operation_of(method, path)
    if operation is None:
        return [f"{method} {path}: no such operation"]
    found = [f"query: {fault}" for fault in _in_query(operation, query)]
    if operation.body is not None:
        found += _judged(operation.body, body)
        found += _in_parts(body, file_parts)
    elif body is not None:
        found.append("a body where none is taken")
    return [f"{method} {operation.template}: {fault}" for fault in found]


def violations_of_answer(method: str, path: str, status: int, body: Any) -> list[str]:
    """Return everything in one of our answers that Discord would not say."""
    operation = operation_of(method, path)
    judge = operation.answer(status) if operation else None
    return [f"our own answer to {method} {path}: {fault}" for fault in _judged(judge, body)] if judge else []


def operation_of(method: str, path: str) -> Operation | None:
    """Return the operation that a path names. A literal path segment is preferred to a placeholder."""
    for pattern, operation in _operations().get(method, ()):
        if pattern.fullmatch(path):
            return operation
    return None


@cache
def _operations() -> dict[str, list[tuple[re.Pattern[str], Operation]]]:
    found: dict[str, list[tuple[re.Pattern[str], Operation]]] = {}
    paths = facts("discord")["paths"]
    for template in sorted(paths, key=lambda template: template.count("{")):
        pattern = re.compile(_IN_BRACES.sub("[^/]+", re.escape(template)))
        shared = paths[template].get("parameters", [])
        for method in paths[template].keys() - {"parameters"}:
            described = paths[template][method]
            operation = Operation(
                method=method.upper(), template=template, description=described, shared_parameters=shared
            )
            found.setdefault(method.upper(), []).append((pattern, operation))
    return found


def _in_query(operation: Operation, query: Mapping[str, str]) -> Iterator[str]:
    for name, value in query.items():
        schema = operation.query.get(name)
        if schema is None:
            yield f"{name} is not known"
        elif schema.get("type") == "boolean" and value not in {"0", "1", "true", "false"}:
            yield f"{name} is a boolean, not {value}"
        elif schema.get("type") == "integer" and not value.lstrip("-").isdigit():
            yield f"{name} is a number, not {value}"


def _in_parts(body: Any, file_parts: Collection[str]) -> Iterator[str]:
    """Yield violations of a rule: a file goes into a part `files[n]`, and a description of it says n."""
    yield from (f"a part {name}" for name in file_parts if not _FILE_PART.fullmatch(name))
    message = body.get("data") or body if isinstance(body, dict) else {}
    described = message.get("attachments") if isinstance(message, dict) else None
    if described is not None:
        numbers = {str(each.get("id")) for each in described if isinstance(each, dict)}
        for found in map(_FILE_PART.fullmatch, file_parts):
            if found and found[1] not in numbers:
                yield f"attachments says nothing of files[{found[1]}]"


def _judged(judge: Draft202012Validator, document: Any) -> list[str]:
    """Return the violations. If a document fits none of several shapes, say what keeps it from fitting the nearest."""
    nearest = [best_match([error]) or error for error in judge.iter_errors(document)]
    return [f"{error.json_path}: {error.message[:MOST_SAID]}" for error in nearest]


def _validator(schema: Json, *, are_numbers_identifiers: bool) -> Draft202012Validator:
    return Draft202012Validator({**schema, "components": _components(are_numbers_identifiers=are_numbers_identifiers)})


@cache
def _components(*, are_numbers_identifiers: bool) -> Json:
    """Return the description's components, with what the description leaves out.

    It knows no forwards. Clients may write an identifier as a number, which it does not say; Discord never does.
    """
    schemas: Json = facts("discord")["schemas"] | {"MessageReferenceType": {"type": "integer", "enum": [0, 1]}}
    if are_numbers_identifiers:
        schemas["SnowflakeType"] = {"anyOf": [schemas["SnowflakeType"], {"type": "integer", "minimum": 0}]}
    return {"schemas": schemas, "responses": facts("discord")["responses"]}
