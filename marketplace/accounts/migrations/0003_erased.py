from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_session")]

    operations = [
        migrations.AddField(
            model_name="person",
            name="erased_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddConstraint(
            model_name="person",
            constraint=models.CheckConstraint(
                condition=Q(erased_at=None)
                | Q(name="", is_active=False, is_staff=False, is_superuser=False, last_login=None),
                name="person_erased_says_nothing",
            ),
        ),
    ]
