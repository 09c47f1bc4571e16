"""`manage.py check_translations`: whatever people see can be translated, and is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from marketplace.local.collecting import marked
from marketplace.local.translations import (
    compile_catalogue,
    faults,
    missing_for_customers,
    read,
    said_to_customers,
)
from marketplace.local.untranslated import ROOMS, untranslated

# English is what is written in the templates and modules; this language has words for all of it.
WHOLE = "hi"


class Command(BaseCommand):
    help = "Fail where people see words that are not, or cannot be, in a language that is offered."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        found = [*untranslated(settings.ROOT), *self._collected()]
        for language, name in [*settings.LANGUAGES, *settings.PREPARED_LANGUAGES]:
            if language != settings.LANGUAGE_CODE:
                found += self._catalogue(language, name)
        for fault in found:
            self.stderr.write(fault)
        if found:
            raise CommandError(f"{len(found)} faults in translations")

    def _collected(self) -> Iterator[str]:
        """Whether the whole catalogue has what is marked, and nothing else: `make translations`."""
        entries = {message.key: message for message in read(_path(WHOLE)) if message.original}
        said = {key: f"{file}:{line}" for file, line, key in marked(settings.ROOT, ROOMS)}
        for key in said.keys() - entries:
            yield f"{said[key]}: not in the catalogue: {key!r}"
        for key in entries.keys() - said:
            yield f"{_path(WHOLE)}:{entries[key].line}: nothing says it any more: {key!r}"

    def _catalogue(self, language: str, name: str) -> Iterator[str]:
        path, whole = _path(language), _path(WHOLE)
        compile_catalogue(path)
        yield from faults(path, whole=language == WHOLE)
        if language == WHOLE:
            return
        missing = missing_for_customers(whole, path)
        if (language, name) in settings.LANGUAGES:
            for original in missing:
                yield f"{path}: offered, and customers have no words for {original!r}"
        else:
            whole_count = sum(said_to_customers(message) for message in read(whole))
            has = whole_count - len(missing)
            self.stdout.write(f"{language} {name}: {has} of {whole_count} that customers read")


def _path(language: str) -> Path:
    return Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.po"
