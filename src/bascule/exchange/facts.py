"""Read from the base what rules may know of a school's year."""

import hashlib

from bascule.exchange.context import Context, NotReadyError
from bascule.exchange.rules.book import rules_digest
from bascule.nomenclatures import lookup, package
from bascule.store import staging
from bascule.values import school_year


def read_context(*, uai: str, year: int) -> Context:
    """Read the context of a school's year, in one query; its schools are open.

    Args:
        uai (str): the school.
        year (int): first calendar year.

    Returns:
        Context: facts and their digest.
    """
    with staging.raw_cursor() as cursor:
        cursor.execute(_QUERY, [uai, year])
        row = cursor.fetchone()
    if row is None:
        raise NotReadyError(
            f"L’année {school_year.label(year)} n’est pas ouverte pour l’établissement {uai} : demandez son ouverture"
            " au rectorat."
        )
    starts_on, ends_on, national, digests, text = row
    parts = (rules_digest(), package.fingerprint(), national, starts_on, ends_on, text)
    digest = hashlib.sha256(" ".join(map(str, parts)).encode()).hexdigest()

    def codes(table: str) -> frozenset[str]:
        return lookup.codes(table, digest=digests.get(table, ""))

    return Context(digest, text, year, starts_on, ends_on, codes)


_QUERY = """
SELECT y.starts_on, y.ends_on,
    (SELECT string_agg(digest, ' ' ORDER BY name) FROM nomenclatures_nationaltable
     WHERE name IN ('pays', 'commune')),
    (SELECT coalesce(json_object_agg(name, digest), '{}'::json) FROM nomenclatures_nationaltable
     WHERE name IN ('pays', 'commune')),
    json_build_object(
        'profile', coalesce((SELECT json_agg(json_build_array(block, fields) ORDER BY id)
            FROM nomenclatures_profileentry p WHERE p.uai = y.uai AND p.year = y.year), '[]'::json),
        'divisions', coalesce((SELECT json_agg(json_build_array(code, mefs) ORDER BY code)
            FROM schools_structure t WHERE t.uai = y.uai AND t.year = y.year AND t.kind = 'D'), '[]'::json),
        'groups', coalesce((SELECT json_agg(json_build_array(code, mefs, divisions) ORDER BY code)
            FROM schools_structure t WHERE t.uai = y.uai AND t.year = y.year AND t.kind = 'G'), '[]'::json)
    )::text
FROM schools_schoolyear y WHERE y.uai = %s AND y.year = %s
"""
