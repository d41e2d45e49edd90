"""What follows from the choices of a profiling: which entries a profile holds. Pure."""

from collections.abc import Collection, Mapping

from bascule.formats.record import Fields
from bascule.nomenclatures import entries
from bascule.nomenclatures.profile import (
    ADDED,
    CORE,
    Choice,
    Entries,
)
from bascule.nomenclatures.release import (
    TECHNICAL_SUBJECT,
    taking_pupils,
)
from bascule.preparation.descent import ORIGIN, SELECTED, selected

#: What the statistical MEF of a vocational course begins with (*second cycle professionnel*).
_VOCATIONAL = "23"
COMPUTED = ("MATIERE", "PROGRAMME", "OPTION_OBLIGATOIRE")


def with_mefs(
    profile: Entries, content: Entries, *, added: Collection[str], removed: Collection[str]
) -> Entries:
    """Give the blocks of a profile with MEF more, and others less.

    Args:
        profile (Entries): as it is.
        content (Entries): the release they come from.
        added (Collection[str]): MEF to retain.
        removed (Collection[str]): MEF to take out; those from which pupils may come stay for that.

    Returns:
        Entries: the blocks that may differ.
    """
    held = profile.get("MEF", {})
    wanted: dict[str, Fields] = {}
    for code, fields in held.items():
        if code not in removed:
            wanted[code] = fields
        elif fields.get(ORIGIN) == "1":
            wanted[code] = {**entries.origin_only(fields), SELECTED: "0"}
    for code in added:
        chosen = {SELECTED: "1", "INSCRIPTION_ETAB": "1"}
        if code in wanted:
            wanted[code] = {**wanted[code], **content["MEF"][code], **chosen}
        else:
            wanted[code] = {**content["MEF"][code], **chosen, "MEF_ORIGINE": "0", ORIGIN: "0"}
    after: Entries = {"MEF": in_place(held, dict(sorted(wanted.items())))}
    for block in ("PROGRAMME", "OPTION_OBLIGATOIRE"):
        lines = profile.get(block, {}).items()
        after[block] = {key: line for key, line in lines if line["CODE_MEF"] not in removed}
    return after


def computed_from(profile: Entries, content: Entries, choices: Collection[Choice]) -> Entries:
    """Compute programmes, compulsory options and subjects.

    What all pupils of a MEF take is there; what may be an option is there when the school keeps the
    subject. A MEF that takes no pupils any more, or of which the release says nothing, keeps what it has.

    Args:
        profile (Entries): the profile, for its MEF.
        content (Entries): the release received.
        choices (Collection[Choice]): the subjects chosen.

    Returns:
        Entries: the three blocks.
    """
    retained, takes = selected(profile), taking_pupils(content)
    known = {str(line["CODE_MEF"]) for line in content.get("PROGRAMME", {}).values()}
    kept = {choice.subject for choice in choices if not choice.mef}
    lines: dict[str, dict[str, Fields]] = {}
    for key, line in content.get("PROGRAMME", {}).items():
        if line["CODE_MODALITE_ELECT"] == CORE or line["CODE_MATIERE"] in kept:
            lines.setdefault(str(line["CODE_MEF"]), {})[key] = line
    options: dict[str, dict[str, Fields]] = {}
    for key, option in content.get("OPTION_OBLIGATOIRE", {}).items():
        options.setdefault(str(option["CODE_MEF"]), {})[key] = option
    for mef, subject in sorted(choices):
        if mef and mef in retained:
            key = f"{mef}|{subject}|{ADDED}"
            hours = core_hours(content, mef)
            lines.setdefault(mef, {})[key] = entries.programme(mef, subject, ADDED, hours)
    programme: dict[str, Fields] = {}
    compulsory: dict[str, Fields] = {}
    for mef in retained:
        if mef not in takes or mef not in known:
            programme |= _of_mef(profile, "PROGRAMME", mef)
            compulsory |= _of_mef(profile, "OPTION_OBLIGATOIRE", mef)
            continue
        programme |= lines.get(mef, {})
        taught = {line["CODE_MATIERE"] for line in lines.get(mef, {}).values()}
        compulsory |= {
            key: option
            for key, option in options.get(mef, {}).items()
            if option["CODE_MATIERE"] in taught
        }
    holding = {choice.subject for choice in choices if choice.mef in retained}
    subjects = _subjects(
        profile, content, {str(one["CODE_MATIERE"]) for one in programme.values()}, holding
    )
    wanted = {"MATIERE": subjects, "PROGRAMME": programme, "OPTION_OBLIGATOIRE": compulsory}
    return {block: in_place(profile.get(block, {}), wanted[block]) for block in COMPUTED}


def in_place(held: Mapping[str, Fields], wanted: Mapping[str, Fields]) -> dict[str, Fields]:
    """Order entries so that those already held keep their order, and the others come after the same ones.

    Args:
        held (Mapping[str, Fields]): entries as they are, in order.
        wanted (Mapping[str, Fields]): entries as they must be, in the order of the release.

    Returns:
        dict[str, Fields]: the entries wanted.
    """
    after: dict[str | None, list[str]] = {}
    last: str | None = None
    for key in wanted:
        if key in held:
            last = key
        else:
            after.setdefault(last, []).append(key)
    order = list(after.get(None, ()))
    for key in held:
        if key in wanted:
            order += (key, *after.get(key, ()))
    return {key: wanted[key] for key in order}


def technical_subjects(content: Entries) -> dict[str, str]:
    """Give the subjects that may hold the hours of a vocational MEF.

    Args:
        content (Entries): a release.

    Returns:
        dict[str, str]: labels by code.
    """
    return {
        code: str(fields.get("LIBELLE_LONG", ""))
        for code, fields in content.get("MATIERE", {}).items()
        if fields.get("CODE_GESTION") == TECHNICAL_SUBJECT
    }


def _subjects(
    profile: Entries, content: Entries, taught: Collection[str], holding: Collection[str]
) -> dict[str, Fields]:
    held, known = profile.get("MATIERE", {}), content.get("MATIERE", {})
    found: dict[str, Fields] = {}
    for code in sorted(taught):
        fields = known.get(code) or held.get(code)
        if fields is None:
            continue
        flag = held.get(code, {}).get("MATIERE_ETP", "0")
        if known.get(code, {}).get("CODE_GESTION") == TECHNICAL_SUBJECT:
            flag = "1" if code in holding else "0"
        found[code] = {**fields, "MATIERE_ETP": flag}
    return found


def with_origins(
    profile: Entries, content: Entries, *, added: Collection[str], removed: Collection[str]
) -> Entries:
    """Give the MEF of a profile once courses of origin are added and removed.

    Args:
        profile (Entries): what the school holds.
        content (Entries): what was diffused to it.
        added (Collection[str]): MEF that become courses of origin.
        removed (Collection[str]): MEF that are none any more.

    Returns:
        Entries: the block of MEF.
    """
    held = profile.get("MEF", {})
    wanted: dict[str, Fields] = {}
    for code, fields in held.items():
        if code not in removed:
            wanted[code] = fields
        elif fields.get(SELECTED) == "1":
            wanted[code] = fields | {ORIGIN: "0", "MEF_ORIGINE": "0"}
    for code in added:
        base = wanted.get(code) or entries.origin_only(content["MEF"][code]) | {SELECTED: "0"}
        wanted[code] = {**base, ORIGIN: "1", "MEF_ORIGINE": "1"}
    return {"MEF": in_place(held, dict(sorted(wanted.items())))}


def origins_of(profile: Entries) -> set[str]:
    """Give the courses of origin of a profile.

    Args:
        profile (Entries): what the school holds.

    Returns:
        set[str]: their MEF.
    """
    return {code for code, fields in profile.get("MEF", {}).items() if fields.get(ORIGIN) == "1"}


def vocational_mefs(profile: Entries) -> dict[str, str]:
    """Give the vocational MEF that a profile retains.

    Args:
        profile (Entries): what the school holds.

    Returns:
        dict[str, str]: labels by MEF.
    """
    mefs = profile.get("MEF", {})
    return {
        code: label
        for code, label in selected(profile).items()
        if str(mefs[code].get("CODE_MEFSTAT", "")).startswith(_VOCATIONAL)
    }


def optional_subjects(content: Entries) -> dict[str, list[str]]:
    """Give the subjects that may be options, each with the MEF where it may."""
    found: dict[str, list[str]] = {}
    for line in content.get("PROGRAMME", {}).values():
        if line["CODE_MODALITE_ELECT"] != CORE:
            mefs = found.setdefault(str(line["CODE_MATIERE"]), [])
            if line["CODE_MEF"] not in mefs:
                mefs.append(str(line["CODE_MEF"]))
    return found


def core_hours(content: Entries, mef: str) -> str:
    """Give the weekly hours of the core subjects of a MEF.

    Args:
        content (Entries): what was diffused.
        mef (str): its code.

    Returns:
        str: hours, as programmes write them.
    """
    lines = content.get("PROGRAMME", {}).values()
    hours = (
        float(str(line["HORAIRE"]))
        for line in lines
        if line["CODE_MEF"] == mef and line["CODE_MODALITE_ELECT"] == CORE
    )
    return f"{sum(hours):.2f}"


def _of_mef(profile: Entries, block: str, mef: str) -> dict[str, Fields]:
    held = profile.get(block, {})
    return {key: line for key, line in held.items() if line["CODE_MEF"] == mef}
