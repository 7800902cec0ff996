"""The API described: OpenAPI for programs, a page made from it for people, without any foreign script."""

from typing import Any

from fastapi import Request, Response

from nbassess_hub.rendering import render


def health() -> dict[str, str]:
    """Tell that the service answers."""
    return {"status": "ok"}


def openapi(request: Request) -> dict[str, Any]:
    """Return the OpenAPI description of the API."""
    description: dict[str, Any] = request.app.openapi()
    return description


def show_docs(request: Request) -> Response:
    """Show the API's description as a page."""
    description = openapi(request)
    operations = [
        _operation(method, path, operation)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    ]
    schemas = {
        name: _fields(schema)
        for name, schema in description.get("components", {}).get("schemas", {}).items()
        if "properties" in schema and not name.startswith(("HTTPValidation", "Validation"))
    }
    return render(request, "docs.html", info=description["info"], operations=operations, schemas=schemas)


def _operation(method: str, path: str, operation: dict[str, Any]) -> dict[str, Any]:
    content = operation.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    return {
        "method": method.upper(),
        "path": path,
        "summary": operation.get("summary", ""),
        "access": operation.get("description", ""),
        "parameters": [
            {"name": item["name"], "place": item["in"], "type": _type(item["schema"]), "required": item["required"]}
            for item in operation.get("parameters", [])
        ],
        "body": _type(schema) if schema else "",
    }


def _fields(schema: dict[str, Any]) -> dict[str, Any]:
    required = set(schema.get("required", []))
    rows = [
        {"name": name, "type": _type(field), "required": name in required}
        for name, field in schema["properties"].items()
    ]
    return {"about": schema.get("description", ""), "fields": rows}


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in schema:
        return " or ".join(_type(option) for option in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    return str(schema.get("type", "any"))
