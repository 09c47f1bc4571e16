from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.accounts.services import InvalidPhone, register_person, set_staff


class Command(BaseCommand):
    help = "Let the person with this phone number into the staff admin (/staff/)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("phone", metavar="PHONE")
        parser.add_argument("--name", default="")
        parser.add_argument("--remove", action="store_true", help="take the right away again")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            person = register_person(phone=options["phone"], name=options["name"], language="en")
        except InvalidPhone as error:
            raise CommandError(str(error)) from error
        set_staff(person_id=person.pk, is_staff=not options["remove"])
        self.stdout.write(
            f"{person} is no longer staff." if options["remove"] else f"{person} is staff now."
        )
