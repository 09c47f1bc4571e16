"""What the OpenAPI description says of every operation besides its own answers."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers


class ErrorBody(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="Stable and meant for programs.")
    message = serializers.CharField(help_text="For people, in the language of Accept-Language.")
    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()),
        help_text="What is wrong with each field, by its path: `lines.0.quantity`.",
    )
    details = serializers.DictField(help_text="Figures that belong to the code.")


class Error(serializers.Serializer[Any]):
    error = ErrorBody()


class Schema(AutoSchema):
    def get_response_serializers(self) -> Any:
        answers = super().get_response_serializers()
        if not isinstance(answers, dict):
            success = "201" if self.method == "POST" and self._is_create_operation() else "200"
            answers = {success: answers}
        return answers | {"default": Error}
