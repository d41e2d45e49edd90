"""How a rule is declared, and the vocabulary its declarations share."""

from bascule.findings import Effect, Rule, Subject

#: Rules whose code and condition the Ministry's reports show.
OBSERVED = "compte rendu de l’import du privé, académies, 2018"
#: Rules whose family is official and whose condition is ours.
FAMILY = "famille de la notice de l’import du privé (Lille, 2012) ; condition propre"
#: Rules that the import schemas state.
SCHEMA = "schémas IMPORT_ELEVES 2.0 à 4.0"
#: Rules of ours.
OWN = "règle propre"

IN_SOFTWARE = "Corrigez dans votre logiciel, puis renvoyez le fichier."

_declared: dict[str, Rule] = {}


def rule(
    code: str,
    effect: Effect,
    title: str,
    *fields: str,
    subject: Subject = Subject.PUPIL,
    remedy: str = IN_SOFTWARE,
    source: str = FAMILY,
    blocks: bool | None = None,
) -> Rule:
    """Declare a rule; its code may stand only once.

    Args:
        code (str): stable code.
        effect (Effect): what the import does.
        title (str): French, what is wrong.
        *fields (str): elements looked at.
        subject (Subject): whose record.
        remedy (str): French, what the school does.
        source (str): where it comes from.
        blocks (bool | None): kept back from the academic base; by default all but notes.

    Returns:
        Rule: the rule.

    Raises:
        ValueError: if the code is declared twice.
    """
    if code in _declared:
        raise ValueError(code)
    declared = Rule(
        code=code,
        subject=subject,
        title=title,
        effect=effect,
        blocks=effect is not Effect.NOTE if blocks is None else blocks,
        remedy=remedy,
        source=source,
        fields=fields,
    )
    _declared[code] = declared
    return declared


def declared_rules() -> tuple[Rule, ...]:
    """List the rules declared by the modules imported so far.

    Returns:
        tuple[Rule, ...]: sorted by code.
    """
    return tuple(_declared[code] for code in sorted(_declared))
