"""What the base holds of the pupils and guardians to correct, as the records that corrections start from."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from bascule.exchange.amend.fields import (
    GUARDIAN,
    GUARDIAN_FIELDS,
    LINK_FIELDS,
    PUPIL_FIELDS,
    Field,
    Holder,
    typed_value,
    write_text,
)
from bascule.exchange.import_pipeline.effects import StoredPupil
from bascule.formats.record import Fields
from bascule.students import holdings
from bascule.students.rows import AddressRow, GuardianRow, LinkRow, SchoolingRow, StudentRow

_LEVELS = (("1", "LEGAL"), ("2", "PERSONNE_EN_CHARGE"), ("3", "CONTACT"))


@dataclass(slots=True)
class Held:
    """Some pupils of a school's year, and guardians, as the base holds them.

    Attributes:
        pupils: by id.
        guardians: those of these pupils, and those asked for, by id.
        addresses: theirs, by id.
        children: for each of these guardians, the pupils of the school it is linked to.
    """

    pupils: dict[int, StoredPupil] = field(default_factory=dict)
    guardians: dict[int, GuardianRow] = field(default_factory=dict)
    addresses: dict[int, AddressRow] = field(default_factory=dict)
    children: dict[int, list[int]] = field(default_factory=dict)

    def pupil_texts(self, pupil_id: int) -> dict[str, str]:
        """Give every field of a pupil as people type it, guardians included.

        Args:
            pupil_id (int): the pupil.

        Returns:
            dict[str, str]: by key; blank for what is not known.
        """
        pupil = self.pupils[pupil_id]
        latest = pupil.schoolings[-1][1] if pupil.schoolings else None
        rows: dict[Holder, Any] = {
            Holder.STUDENT: pupil.student,
            Holder.ADDRESS: self._address(pupil.student),
            Holder.ENROLMENT: pupil.enrolment,
            Holder.SCHOOLING: latest,
        }
        texts = {field.key: _text(field, rows[field.holder]) for field in PUPIL_FIELDS}
        for guardian_id, (_, link) in pupil.links.items():
            prefix = f"{GUARDIAN}.{guardian_id}"
            texts |= {f"{prefix}.{field.key}": _text(field, link) for field in LINK_FIELDS}
            texts |= self.guardian_texts(guardian_id)
        return texts

    def guardian_texts(self, guardian_id: int) -> dict[str, str]:
        """Give every field of a guardian as people type it.

        Args:
            guardian_id (int): the guardian.

        Returns:
            dict[str, str]: by key.
        """
        row = self.guardians[guardian_id]
        rows: dict[Holder, Any] = {Holder.GUARDIAN: row, Holder.ADDRESS: self._address(row)}
        return {
            f"{GUARDIAN}.{guardian_id}.{field.key}": _text(field, rows[field.holder])
            for field in GUARDIAN_FIELDS
        }

    def pupil_record(self, pupil_id: int) -> Fields:
        """Write a pupil as its record in a private import would be.

        Args:
            pupil_id (int): the pupil.

        Returns:
            Fields: the record; guardians are named as `named` says.
        """
        texts = self.pupil_texts(pupil_id)
        raw: Fields = {"ID_SIECLE_ELE": str(pupil_id)}
        for one in PUPIL_FIELDS:
            if texts[one.key]:
                write_text(one, texts[one.key], raw)
        links = self.pupils[pupil_id].links.items()
        write_links(raw, {self.named(i): link_fields(row) for i, (_, row) in links})
        return raw

    def named(self, guardian_id: int) -> str:
        """Give what records name a guardian by: the id of the software, else our own with a sharp.

        Args:
            guardian_id (int): the guardian.

        Returns:
            str: `1234`, or `#12`.
        """
        private_id = self.guardians[guardian_id].private_id
        return f"#{guardian_id}" if private_id is None else str(private_id)

    def guardian_record(self, guardian_id: int) -> Fields:
        """Write a guardian as its record in a private import would be.

        Args:
            guardian_id (int): the guardian.

        Returns:
            Fields: the record.
        """
        texts = self.guardian_texts(guardian_id)
        raw: Fields = {"ID_SIECLE_PER": str(guardian_id)}
        private_id = self.guardians[guardian_id].private_id
        if private_id is not None:
            raw["ID_PRV_PER"] = str(private_id)
        for one in GUARDIAN_FIELDS:
            text = texts[f"{GUARDIAN}.{guardian_id}.{one.key}"]
            if text:
                write_text(one, text, raw)
        return raw

    def guardian_name(self, guardian_id: int) -> str:
        """Name a guardian.

        Args:
            guardian_id (int): the guardian.

        Returns:
            str: NAME First name; blank for one who is not there.
        """
        row = self.guardians.get(guardian_id)
        return f"{row.family_name} {row.first_name}" if row else ""

    def pupil_name(self, pupil_id: int) -> str:
        """Name a pupil.

        Args:
            pupil_id (int): the pupil.

        Returns:
            str: NAME First name.
        """
        row = self.pupils[pupil_id].student
        return f"{row.family_name} {row.first_name}"

    def _address(self, row: StudentRow | GuardianRow) -> AddressRow | None:
        return self.addresses.get(row.address_id) if isinstance(row.address_id, int) else None


def load(*, uai: str, year: int, pupil_ids: Collection[int], guardian_ids: Collection[int]) -> Held:
    """Read pupils of a year with their families, and other guardians; the school is open.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        pupil_ids (Collection[int]): which pupils; those who are not enrolled that year are left out.
        guardian_ids (Collection[int]): which guardians besides theirs; those the school does not have are left
            out.

    Returns:
        Held: what is held.
    """
    ids = sorted(set(pupil_ids))
    held = Held()
    students = holdings.students(uai=uai, ids=ids)
    enrolments = holdings.enrolments(uai=uai, year=year, student_ids=ids)
    for pupil_id, row in students.items():
        if pupil_id in enrolments:
            row_id, is_expected, enrolment = enrolments[pupil_id]
            held.pupils[pupil_id] = StoredPupil(pupil_id, row, row_id, enrolment, is_expected)
    ids = sorted(held.pupils)
    for pupil_id, row_id, period in holdings.schoolings(uai=uai, year=year, student_ids=ids):
        held.pupils[pupil_id].schoolings.append((row_id, period))
    for pupil_id, guardian_id, row_id, link in holdings.links(uai=uai, student_ids=ids):
        held.pupils[pupil_id].links[guardian_id] = (row_id, link)
    wanted = {i for pupil in held.pupils.values() for i in pupil.links} | set(guardian_ids)
    held.guardians = holdings.guardians(uai=uai, ids=sorted(wanted))
    for pupil_id, guardian_id in holdings.children_of(uai=uai, guardian_ids=sorted(wanted)):
        held.children.setdefault(guardian_id, []).append(pupil_id)
    rows: Sequence[Any] = (*students.values(), *held.guardians.values())
    places = {row.address_id for row in rows if row.address_id is not None}
    held.addresses = holdings.addresses(uai=uai, ids=sorted(places))
    return held


def link_fields(row: LinkRow) -> dict[str, str]:
    """Write what a guardian is to a pupil, apart from who it is.

    Args:
        row (LinkRow): what it is.

    Returns:
        dict[str, str]: by element; the level under a blank one.
    """
    raw: Fields = {}
    for one in LINK_FIELDS[1:]:
        text = _text(one, row)
        if text:
            write_text(one, text, raw)
    return {"": row.level, **{tag: str(value) for tag, value in raw.items()}}


def write_links(raw: Fields, links: dict[str, dict[str, str]]) -> None:
    """Write the links of a pupil into its record.

    Args:
        raw (Fields): the record; it is changed.
        links (dict[str, dict[str, str]]): by what names the guardian (`#12` for our id, `1234` for the software's),
            from `link_fields`; one without a known level is left out.
    """
    block: dict[str, Any] = {}
    for whom, link in links.items():
        tag = dict(_LEVELS).get(link[""])
        if tag is not None:
            by = {"ID_SIECLE_PER": whom[1:]} if whom.startswith("#") else {"ID_PRV_PER": whom}
            told = {name: text for name, text in link.items() if name}
            block.setdefault(tag, []).append(by | told)
    raw["RESPONSABLES_ELEVE"] = block


def read_links(raw: Fields) -> dict[str, dict[str, str]]:
    """Read the links of a record as `write_links` takes them.

    Args:
        raw (Fields): the record.

    Returns:
        dict[str, dict[str, str]]: by what names the guardian.
    """
    block: Any = raw.get("RESPONSABLES_ELEVE") or {}
    found: dict[str, dict[str, str]] = {}
    for level, tag in _LEVELS:
        for link in block.get(tag, ()):
            ours = link.get("ID_SIECLE_PER")
            whom = f"#{ours}" if "ID_PRV_PER" not in link else str(link["ID_PRV_PER"])
            told = {name: text for name, text in link.items() if not name.startswith("ID_")}
            found[whom] = {"": level, **told}
    return found


def latest(pupil: StoredPupil) -> SchoolingRow | None:
    """Give the last period of a pupil's schooling.

    Args:
        pupil (StoredPupil): the pupil.

    Returns:
        SchoolingRow | None: None when there is none.
    """
    return pupil.schoolings[-1][1] if pupil.schoolings else None


def _text(one: Field, row: Any) -> str:
    return "" if row is None else typed_value(one, getattr(row, one.column))
