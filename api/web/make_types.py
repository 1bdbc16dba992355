"""Writes src/lib/openapi.ts, the types of what the API sends: `python -m api.web.make_types`.

From the schemas of the OpenAPI document. A test holds that what is written is current.
"""

from pathlib import Path
from typing import Any

from litestar import Litestar

from api.app import create_app
from api.openapi import described
from api.settings import Settings

TYPES = Path(__file__).with_name("src") / "lib" / "openapi.ts"
_HEAD = "// Made by `python -m api.web.make_types` from /v1/openapi.json: not to be edited.\n\n"
_PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}


def types_of(app: Litestar) -> str:
    """Every schema as a type. What is null by default is left out where it is: it may be absent, not null."""
    schemas = described(app)["components"]["schemas"]
    return _HEAD + "".join(f"export type {name} = {_type(schemas[name])};\n" for name in sorted(schemas))


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "enum" in schema:
        return " | ".join(f"'{value}'" if isinstance(value, str) else str(value) for value in schema["enum"])
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_type(option) for option in schema["anyOf"]))
    if schema.get("type") == "array":
        return _list(_type(schema["items"])) if schema.get("items") else _tuple(schema)
    if schema.get("type") == "object":
        return _object(schema)
    return _PLAIN.get(schema.get("type", ""), "unknown")


def _list(item: str) -> str:
    return f"({item})[]" if " | " in item else f"{item}[]"


def _tuple(schema: dict[str, Any]) -> str:
    if "prefixItems" not in schema:
        return "unknown[]"
    return f"[{', '.join(_type(item) for item in schema['prefixItems'])}]"


def _object(schema: dict[str, Any]) -> str:
    if "properties" not in schema:
        other = schema.get("additionalProperties")
        return f"Record<string, {_type(other) if isinstance(other, dict) else 'unknown'}>"
    needed = set(schema.get("required", ()))
    fields = []
    for name, field in schema["properties"].items():
        present = _type(field)
        if name not in needed and field.get("default", ...) is None:
            present = present.replace(" | null", "")
        fields.append(f"  {name}{'' if name in needed else '?'}: {present};\n")
    return "{\n" + "".join(fields) + "}"


if __name__ == "__main__":
    TYPES.write_text(types_of(create_app(Settings(), "postgresql+asyncpg://nowhere/none")))
