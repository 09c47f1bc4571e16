"""What the OpenAPI description says of every operation besides its own answers."""

from typing import Any

ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "fields", "details"],
            "properties": {
                "code": {"type": "string", "description": "Stable, and meant for programs."},
                "message": {
                    "type": "string",
                    "description": "For people, in the language of Accept-Language.",
                },
                "fields": {
                    "type": "object",
                    "additionalProperties": {"type": "array", "items": {"type": "string"}},
                    "description": "What is wrong with each field, by path: `lines.0.quantity`.",
                },
                "details": {
                    "type": "object",
                    "additionalProperties": True,
                    "description": "Figures that belong to the code.",
                },
            },
        }
    },
}


def describe_errors(
    result: dict[str, Any], generator: Any, request: Any, public: bool
) -> dict[str, Any]:
    """Every operation can be refused, always in the one shape."""
    result["components"]["schemas"]["Error"] = ERROR
    refused = {
        "description": "Refused: nothing has changed.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }
    for operations in result["paths"].values():
        for operation in operations.values():
            operation["responses"]["default"] = refused
    return result
