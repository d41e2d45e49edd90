"""The way school software imports most often: row by row through the ORM, one transaction a file.

The same rows as ours, in tables that Django makes of the same models, with foreign keys and their
indexes. Nothing is checked, compared, planned, kept or explained; the file is read into a tree.
"""

import io
import time
import zipfile
from typing import Any
from xml.etree import ElementTree as ET

import psycopg
from django.db import connections, models, transaction
from psycopg import sql

from bascule.exchange.import_pipeline.conductor import reading
from bascule.generator.files import MadeFile
from bascule.store import embedded
from bascule.students.models import Address, Enrolment, Guardian, Guardianship, Schooling, Student

#: In the order in which rows may be added.
_MODELS: tuple[type[models.Model], ...] = (
    Address, Student, Enrolment, Schooling, Guardian, Guardianship,
)  # fmt: skip
_LEFT_OUT = frozenset(("id", "created_act_id", "act_id", "line", "rank"))


class TypicalImport:
    """Typical tables in the base, and the typical way to fill them.

    Args:
        connection (psycopg.Connection[Any]): the administrator's.
    """

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self._twins: dict[type[models.Model], Any] = {}
        for model in _MODELS:
            self._twins[model] = self._twin(model)
        with connections["owner"].schema_editor() as editor:
            for twin in self._twins.values():
                editor.create_model(twin)
        connections["owner"].close()
        for twin in self._twins.values():
            connection.execute(
                sql.SQL("GRANT ALL ON {} TO {}").format(
                    sql.Identifier(twin._meta.db_table),  # noqa: SLF001 - Django's own word for it
                    sql.Identifier(embedded.APPLICATION),
                )
            )

    def time(self, uai: str, file: MadeFile) -> float:
        """Time a typical import of a file.

        Args:
            uai (str): the school; our own import of the file says what its rows are.
            file (MadeFile): the ZIP.

        Returns:
            float: seconds.
        """
        with reading(uai):
            rows = {model: list(_rows(model).filter(uai=uai).values()) for model in _MODELS}
        start = time.perf_counter()
        with zipfile.ZipFile(io.BytesIO(file.content)) as unpacked:
            ET.fromstring(unpacked.read(unpacked.namelist()[0]))  # noqa: S314 - we made it
        with transaction.atomic():
            for model, found in rows.items():
                for row in found:
                    self._put(model, row)
        return time.perf_counter() - start

    def _put(self, model: type[models.Model], row: dict[str, Any]) -> None:
        values = {name: value for name, value in row.items() if name not in _LEFT_OUT}
        self._twins[model].objects.update_or_create(id=row["id"], defaults=values)

    def _twin(self, model: type[models.Model]) -> Any:
        meta = type("Meta", (), {"app_label": "benchmarks"})
        content: dict[str, Any] = {"__module__": __name__, "Meta": meta}
        for field in model._meta.concrete_fields:  # noqa: SLF001 - Django's own word for it
            if field.name in _LEFT_OUT:
                continue
            if isinstance(field, models.ForeignKey):
                target = self._twins[field.related_model]
                copied: Any = models.ForeignKey(target, models.PROTECT, null=field.null)
            else:
                copied = field.clone()
            content[field.name] = copied
        content["id"] = models.BigIntegerField(primary_key=True)
        return type(f"Typical{model.__name__}", (models.Model,), content)


def _rows(model: type[models.Model]) -> "models.Manager[Any]":
    return model._default_manager  # noqa: SLF001 - Django's own word for it
