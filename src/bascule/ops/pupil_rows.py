"""Where what is held on a pupil stands, in schools and in the directory, and what is asked of each table. SQL alone."""

from typing import Final

_GUARDIANS: Final = (
    "SELECT guardian_id FROM students_guardianship WHERE uai = %(uai)s AND student_id = %(id)s"
)
#: Where the pupil lives and lived, and the guardian who asks.
_LIVED: Final = f"""
SELECT address_id FROM students_student WHERE uai = %(uai)s AND id = %(id)s
UNION SELECT (before->>'address_id')::bigint FROM journal_history
    WHERE uai = %(uai)s AND table_name = 'students_student' AND row_id = %(id)s
UNION SELECT address_id FROM students_guardian
    WHERE uai = %(uai)s AND id = %(asks)s AND id IN ({_GUARDIANS})"""  # noqa: S608 - our own words
#: Rows whose earlier states are the pupil's: those that are there, and those that named the pupil.
_ROWS: Final = """
SELECT 'students_student' AS t, %(id)s::bigint AS r
UNION SELECT 'students_guardian', guardian_id FROM students_guardianship
    WHERE uai = %(uai)s AND student_id = %(id)s
UNION SELECT 'students_enrolment', id FROM students_enrolment WHERE uai = %(uai)s AND student_id = %(id)s
UNION SELECT 'students_schooling', id FROM students_schooling WHERE uai = %(uai)s AND student_id = %(id)s
UNION SELECT table_name, row_id FROM journal_history
    WHERE uai = %(uai)s AND (before->>'student_id')::bigint = %(id)s"""
_OF_PUPIL: Final = "uai = %(uai)s AND student_id = %(id)s"
#: The imports that brought the pupil, whose lines name none of our numbers yet.
_CAME: Final = (
    "SELECT a.run_id, e.private_id FROM students_enrolment e JOIN journal_act a ON a.uai = e.uai"
    " AND a.id = e.created_act_id WHERE e.uai = %(uai)s AND e.student_id = %(id)s"
)
#: Name, title, table, which lines.
TABLES: Final = (
    ("student", "Identité", "students_student", "uai = %(uai)s AND id = %(id)s"),
    ("enrolments", "Années dans l’établissement", "students_enrolment", _OF_PUPIL),
    ("schoolings", "Périodes de scolarité", "students_schooling", _OF_PUPIL),
    ("memberships", "Groupes", "students_membership", _OF_PUPIL),
    ("guardianships", "Liens avec les responsables", "students_guardianship", _OF_PUPIL),
    ("guardians", "Responsables", "students_guardian", f"uai = %(uai)s AND id IN ({_GUARDIANS})"),
    (
        "addresses",
        "Adresses",
        "students_address",
        f"uai = %(uai)s AND id IN ({_LIVED})",
    ),
    ("certificates", "Certificats établis", "certificates_certificate", _OF_PUPIL),
    (
        "imports",
        "Lignes des fichiers reçus du logiciel de l’établissement",
        "exchange_planline",
        f"uai = %(uai)s AND entity = 'pupil' AND (target_id = %(id)s OR (run_id, private_id) IN ({_CAME}))",
    ),
    (
        "findings",
        "Anomalies relevées dans ces fichiers",
        "exchange_runfinding",
        f"uai = %(uai)s AND (target_id = %(id)s OR (subject = 'pupil' AND (run_id, private_id) IN ({_CAME})))",
    ),
    ("dispositions", "Ce que l’établissement a dit des anomalies", "exchange_disposition", _OF_PUPIL),
    ("ine_requests", "Demandes d’INE", "ine_request", _OF_PUPIL),
    ("ine_links", "Lien avec le répertoire des identités", "ine_link", _OF_PUPIL),
    ("base", "Base académique, version par version", "bea_record", _OF_PUPIL),
    ("base_nationalities", "Nationalité, tenue à part pour les statistiques", "bea_nationality", _OF_PUPIL),
    ("base_nights", "Envois à la base académique, nuit par nuit", "bea_line", _OF_PUPIL),
)  # fmt: skip
_PERSONS: Final = "SELECT id FROM ine_person WHERE root_id = %(root)s"
_RECORDS: Final = f"SELECT uai, student_id FROM ine_link WHERE person_id IN ({_PERSONS})"  # noqa: S608 - our own words
DIRECTORY: Final = (
    ("persons", "Identité du répertoire", "ine_person", "root_id = %(root)s"),
    ("numbers", "INE connus", "ine_number", f"person_id IN ({_PERSONS})"),
    ("earlier", "Identités précédentes", "ine_personstate", f"person_id IN ({_PERSONS})"),
    ("asked", "Questions au service national", "ine_asked", f"person_id IN ({_PERSONS})"),
    (
        "merges",
        "Réunions d’identités",
        "ine_merge",
        f"one_id IN ({_PERSONS}) AND other_id IN ({_PERSONS})",
    ),
    (
        "decisions",
        "Décisions des agents",
        "ine_decision",
        (f"person_ids && ARRAY({_PERSONS}) OR (about_uai, student_id) IN ({_RECORDS})"),
    ),
)
_ACT: Final = "to_jsonb(t) || jsonb_build_object('at', a.at, 'kind', a.kind, 'actor', a.actor)"
HISTORY: Final = f"""
SELECT ({_ACT})::text FROM journal_history t LEFT JOIN journal_act a ON a.uai = t.uai AND a.id = t.act_id
WHERE t.uai = %(uai)s AND (t.table_name, t.row_id) IN ({_ROWS}) ORDER BY t.id
"""  # noqa: S608 - our own words
ACCESSES: Final = (
    "SELECT (to_jsonb(t) - '{person_id,address,facts}'::text[])::text FROM journal_access t"
    " WHERE uai = ANY (%(uais)s) AND about = ANY (%(things)s) ORDER BY id"
)
#: The files in which the pupil was, and what heads said of the pupil when they signed.
FILES: Final = f"""
SELECT jsonb_build_object('run', r.id, 'name', f.name, 'received_at', r.received_at, 'actor', r.received_by,
    'is_kept', length(f.content) > 0)::text
FROM exchange_importrun r JOIN exchange_storedfile f ON f.uai = r.uai AND r.file_ids @> to_jsonb(f.id)
WHERE r.uai = %(uai)s AND r.id IN (SELECT run_id FROM exchange_planline WHERE uai = %(uai)s
    AND entity = 'pupil' AND target_id = %(id)s UNION SELECT a.run_id FROM journal_history h
    JOIN journal_act a ON a.uai = h.uai AND a.id = h.act_id WHERE h.uai = %(uai)s AND a.run_id IS NOT NULL
    AND (h.table_name, h.row_id) IN ({_ROWS}) UNION SELECT run_id FROM ({_CAME}) came) ORDER BY r.id
"""  # noqa: S608 - our own words
EXPLAINED: Final = """
SELECT jsonb_build_object('year', s.year, 'signed_at', s.signed_at, 'codes', e->1, 'explanation', e->>2)::text
FROM constat_signature s, jsonb_array_elements(s.explained) e
WHERE s.uai = %(uai)s AND (e->>0)::bigint = %(id)s ORDER BY s.id
"""
