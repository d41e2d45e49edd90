"""What the import says of a generated file, by the school's own generated profile."""

from collections import Counter
from datetime import datetime
from functools import cache

from bascule.exchange.context import facts_from_files
from bascule.exchange.flows import private_import
from bascule.exchange.import_pipeline.examine import examine
from bascule.exchange.import_pipeline.recognise import Memory
from bascule.exchange.records import Facts
from bascule.findings import Finding
from bascule.formats.envelope import open_deposit
from bascule.generator.academy import School
from bascule.generator.files import MadeFile
from bascule.generator.school import (
    TeachingYear,
    nomenclature_records,
    structure_records,
    teaching_year,
)

AT = datetime(2026, 11, 3, 18, 30)  # noqa: DTZ001 (file names have no zone)


@cache
def _facts(school: School, year: int) -> Facts:
    teaching = teaching_year(school, year)
    return facts_from_files(
        year,
        list(nomenclature_records(teaching, AT)),
        list(structure_records(teaching, AT)),
    )


def findings_of(file: MadeFile, teaching: TeachingYear) -> list[Finding]:
    facts = _facts(teaching.school, teaching.year)
    opened = private_import.FLOW.open([open_deposit(file.name, file.content)])
    examined = examine(opened, private_import.FLOW, lambda: facts, Memory())
    return list(examined.all_findings())


def codes_of(file: MadeFile, teaching: TeachingYear) -> Counter[tuple[str, int]]:
    """Count the findings by rule and rank of the record."""
    return Counter((finding.rule.code, finding.rank) for finding in findings_of(file, teaching))
