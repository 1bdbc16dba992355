"""The description of the API as one page, without a script and without anything from elsewhere."""

import html
import json
from collections import defaultdict
from typing import Any

Schema = dict[str, Any]
_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem 1.5rem 6rem; }
h1 { margin-bottom: 0 } h2 { margin: 2.5rem 0 .5rem; text-transform: capitalize } a { color: inherit }
nav a { margin-right: 1rem } details { border: 1px solid var(--line); border-radius: 6px; margin: .5rem 0 }
summary { cursor: pointer; padding: .5rem .75rem } details > div { padding: 0 .75rem .75rem }
code, pre { font: 13px/1.5 ui-monospace, monospace }
pre { background: var(--soft); overflow: auto; padding: .75rem }
.method { display: inline-block; font-weight: 600; min-width: 4.5rem } .what { opacity: .75 }
table { border-collapse: collapse; width: 100% } th { font-weight: 600 }
td, th { border-top: 1px solid var(--line); padding: .3rem .5rem; text-align: left; vertical-align: top }
"""


def docs_page(document: Schema) -> str:
    """The document as HTML: the addresses by subject, then the shapes of what is sent."""
    by_tag: defaultdict[str, list[str]] = defaultdict(list)
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            by_tag[operation["tags"][0]].append(_operation(path, method, operation))
    info, schemas = document["info"], document["components"]["schemas"]
    links = "".join(f'<a href="#{_e(tag)}">{_e(tag)}</a>' for tag in (*by_tag, "schemas"))
    parts = [f'<h2 id="{_e(tag)}">{_e(tag)}</h2>{"".join(rows)}' for tag, rows in by_tag.items()]
    shapes = "".join(_shape(name, schema) for name, schema in sorted(schemas.items()))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{_e(info["title"])} API</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><h1>{_e(info['title'])} API</h1>"
        f'<p>{_e(info["description"])} For programs: <a href="/v1/openapi.json">openapi.json</a>.</p>'
        f'<nav>{links}</nav>{"".join(parts)}<h2 id="schemas">schemas</h2>{shapes}</body></html>'
    )


def _operation(path: str, method: str, operation: Schema) -> str:
    parameters = "".join(
        f"<tr><td><code>{_e(p['name'])}</code></td><td>{_e(p['in'])}</td>"
        f"<td>{'required' if p['required'] else ''}</td><td>{_type(p['schema'])}</td></tr>"
        for p in operation["parameters"]
    )
    answers = "".join(
        f"<tr><td>{status}</td><td>{_e(answer['description'])}</td><td>{_content(answer)}</td></tr>"
        for status, answer in operation["responses"].items()
    )
    sent = operation.get("requestBody")
    body = ""
    if sent is not None:
        body = f"<p>Body: {_content(sent)}</p>"
        example = next((c["example"] for c in sent["content"].values() if "example" in c), None)
        if example is not None:
            body += f"<pre>{_e(json.dumps(example, indent=2, ensure_ascii=False))}</pre>"
    return (
        f'<details id="{_e(operation["operationId"])}"><summary><code class="method">{method.upper()}</code> '
        f'<code>{_e(path)}</code> <span class="what">{_e(operation["summary"])}</span></summary>'
        f"<div><p>{_e(operation.get('description', 'No key needed.'))}</p>"
        f"{f'<table>{parameters}</table>' if parameters else ''}{body}"
        f"<table><tr><th>Answer</th><th></th><th></th></tr>{answers}</table></div></details>"
    )


def _content(part: Schema) -> str:
    return ", ".join(
        f"{_type(content.get('schema', {}))} <code>{_e(media)}</code>"
        for media, content in part.get("content", {}).items()
    )


def _shape(name: str, schema: Schema) -> str:
    required = schema.get("required", ())
    fields = "".join(
        f"<tr><td><code>{_e(field)}</code></td><td>{'required' if field in required else ''}</td>"
        f"<td>{_type(value)}</td></tr>"
        for field, value in schema.get("properties", {}).items()
    )
    return (
        f'<details id="schema-{_e(name)}"><summary><code>{_e(name)}</code></summary>'
        f"<div><p>{_e(schema.get('description', ''))}</p><table>{fields}</table></div></details>"
    )


def _type(schema: Schema) -> str:
    if "$ref" in schema:
        name = _e(schema["$ref"].rpartition("/")[2])
        return f'<a href="#schema-{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_type(arm) for arm in schema["anyOf"])
    if "enum" in schema:
        return " · ".join(f"<code>{_e(str(value))}</code>" for value in schema["enum"])
    if schema.get("type") == "array":
        items = schema.get("items") or {}
        return f"list of {_type(items)}" if isinstance(items, dict) and items else "list"
    if schema.get("type") == "object":
        more = schema.get("additionalProperties")
        return f"{_type(more)} by key" if isinstance(more, dict) else "object"
    bounds = [
        f"{word} {schema[name]}"
        for name, word in (("minimum", "at least"), ("maximum", "at most"), ("maxLength", "up to"))
        if name in schema
    ]
    return _e(" ".join([str(schema.get("format") or schema.get("type") or "anything"), *bounds]))


def _e(text: str) -> str:
    return html.escape(text)
