"""Forms of the exchanges."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext, gettext_lazy as _, ngettext

from bascule.exchange.accents import Reading
from bascule.exchange.comparison import Comparison, Nature
from bascule.exchange.follow import Direction, Filters
from bascule.exchange.gate import LARGEST_FILE, is_of_set
from bascule.exchange.told import Column, missing_among, offered
from bascule.web.components.period import PeriodForm

#: Files of one deposit at most, but for a folder of GEP: pupils, and guardians apart.
_MOST_FILES = 2


class _Files(forms.ClearableFileInput):
    allow_multiple_selected = True


class _FilesField(forms.FileField):
    """One or two files, or those of a folder; the value is their list."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        given = [one for one in (data if isinstance(data, (list, tuple)) else [data]) if one]
        if not given:
            # One of the two fields is enough: the form looks at both.
            return []
        given = [one for one in given if is_of_set(str(one.name))] or given
        if len(given) > _MOST_FILES and not is_of_set(str(given[0].name)):
            raise forms.ValidationError(
                _("Choisissez un seul fichier, ou celui des élèves et celui des responsables.")
            )
        files: list[UploadedFile[bytes]] = [
            super(_FilesField, self).clean(one, initial) for one in given
        ]
        for file in files:
            if (file.size or 0) > LARGEST_FILE:
                raise forms.ValidationError(
                    _("%(name)s est trop lourd : %(most)s Mo au plus."),
                    params={"name": file.name, "most": LARGEST_FILE // 1024**2},
                )
        return files


class DepositForm(forms.Form):
    """The files that a school's software made."""

    deposited = _FilesField(
        label=_("Fichier de votre logiciel, ou tableau"),
        help_text=_(
            "Le fichier XML ou ZIP que votre logiciel a produit, sans l’ouvrir ni le renommer ; ou un tableau XLSX ou"
            " CSV, avec une ligne par élève."
        ),
        widget=_Files(attrs={"accept": ".xml,.zip,.csv,.xlsx,.txt,.dbf"}),
    )
    folder = _FilesField(
        label=_("Ou le dossier de GEP"),
        help_text=_(
            "Choisissez le dossier qui contient F_ELE.DBF et F_ERE.DBF : seules ses tables sont lues."
        ),
        widget=_Files(attrs={"webkitdirectory": True}),
        required=False,
    )
    is_partial = forms.BooleanField(
        label=_("Ce fichier ne contient que des fiches corrigées"),
        help_text=_("Les autres élèves ne sont pas considérés comme absents."),
        required=False,
    )
    changes_software = forms.BooleanField(
        label=_("L’établissement a changé de logiciel"),
        help_text=_("Les élèves sont alors reconnus par leur INE et leur état civil."),
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        """Refuse nothing chosen, and both."""
        typed: dict[str, Any] = super().clean() or {}
        files, folder = typed.get("deposited"), typed.get("folder")
        if files and folder:
            self.add_error("folder", _("Choisissez le fichier ou le dossier, pas les deux."))
        elif files == [] and folder == []:
            self.add_error(
                "deposited",
                _("Choisissez le fichier que votre logiciel a produit, ou un tableau."),
            )
        return typed

    def chosen(self) -> list[tuple[str, bytes]]:
        """Give what was chosen.

        Returns:
            list[tuple[str, bytes]]: name and bytes of each file.
        """
        given = self.cleaned_data["deposited"] or self.cleaned_data["folder"]
        return [(file.name, file.read()) for file in given]


class ColumnsForm(forms.Form):
    """What each column of a table is; columns are named by their place, headings may be anything."""

    #: Said of a column that is not taken.
    _NOTHING = "-"

    def __init__(self, *args: Any, columns: Sequence[Column], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.columns = columns
        choices = self._choices()
        for place, column in enumerate(columns):
            self.fields[f"c{place}"] = forms.ChoiceField(
                label=column.heading,
                help_text=_("Par exemple : %(values)s") % {"values": " ; ".join(column.values)}
                if column.values
                else _("Cette colonne est vide."),
                choices=choices,
                initial=column.code or self._NOTHING,
            )

    def clean(self) -> dict[str, Any]:
        """Refuse two columns for one thing, on the second; and say what is missing."""
        typed: dict[str, Any] = super().clean() or {}
        taken: dict[str, str] = {}
        for place, column in enumerate(self.columns):
            code = typed.get(f"c{place}", self._NOTHING)
            if code in taken:
                self.add_error(
                    f"c{place}",
                    _(
                        "La colonne « %(heading)s » est déjà prise pour cela. Choisissez autre chose."
                    )
                    % {"heading": taken[code]},
                )
            elif code != self._NOTHING:
                taken[code] = column.heading
        missing = missing_among(taken)
        if missing:
            self.add_error(
                None,
                _("Il manque : %(missing)s. Choisissez la colonne qui le contient.")
                % {"missing": ", ".join(missing)},
            )
        return typed

    def said(self) -> dict[str, str]:
        """Give what was said in the words of the verb.

        Returns:
            dict[str, str]: code of a field by heading.
        """
        return {
            column.heading: code
            for place, column in enumerate(self.columns)
            if (code := self.cleaned_data[f"c{place}"]) != self._NOTHING
        }

    def _choices(self) -> list[tuple[Any, Any]]:
        """Offer every field, those of the pupil first."""
        groups: dict[Any, list[tuple[str, str]]] = {}
        for code, title in offered().items():
            whose = title.partition(" : ")[0] if "." in code else _("Élève")
            groups.setdefault(whose, []).append((code, title))
        return [(self._NOTHING, _("Ne pas reprendre cette colonne")), *groups.items()]


class RowForm(forms.Form):
    """Which row of a table has its headings."""

    ligne = forms.ChoiceField(
        label=_("Ligne des intitulés"), widget=forms.Select({"class": "form-select"})
    )

    def __init__(self, *args: Any, rows: Mapping[int, str], line: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ligne"].initial = line
        self.fields["ligne"].choices = [  # type: ignore[attr-defined]
            (row, _("Ligne %(line)s : %(cells)s") % {"line": row, "cells": cells})
            for row, cells in rows.items()
        ]


class AccentsForm(forms.Form):
    """How the accents of a deposit are read: names tell which way is right."""

    ecriture = forms.ChoiceField(
        label=_("Dans quelle liste les noms sont-ils bien écrits ?"), widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, readings: Sequence[Reading], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["ecriture"]
        field.choices = [  # type: ignore[attr-defined]
            (
                one.encoding,
                f"{' · '.join(one.names) or gettext('Aucun accent')} ({gettext(one.words)})",
            )
            for one in readings
        ]
        field.initial = next(one.encoding for one in readings if one.is_now)


class FollowForm(PeriodForm):
    """Which exchanges are looked for."""

    sens = forms.ChoiceField(label=_("Sens"), required=False)
    nature = forms.ChoiceField(label=_("Nature"), required=False)
    etat = forms.ChoiceField(label=_("État de l’import"), required=False)

    field_order = ("sens", "nature", "etat", "du", "au")

    def __init__(
        self,
        *args: Any,
        kinds: dict[str, str],
        states: Iterable[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.offer(
            "sens",
            gettext("Tous"),
            [(Direction.RECEIVED, gettext("reçus")), (Direction.SENT, gettext("envoyés"))],
        )
        self.offer("nature", gettext("Toutes"), kinds.items())
        self.offer("etat", gettext("Tous"), [(code, gettext(word)) for code, word in states])

    def filters(self) -> Filters:
        """Give what was asked in the words of the verb.

        Returns:
            Filters: which exchanges.
        """
        asked = self.cleaned_data
        since, until = self.period()
        return Filters(
            direction=Direction(asked["sens"]) if asked["sens"] else None,
            kind=asked["nature"],
            state=asked["etat"],
            since=since,
            until=until,
        )


class LeaversForm(forms.Form):
    """The number that releases a held import."""

    def __init__(self, *args: Any, expected: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = expected

    leavers = forms.IntegerField(
        label=_("Nombre d’élèves partis ou absents du fichier"),
        help_text=_("Recopiez le nombre affiché ci-dessus : il montre que vous l’avez lu."),
        min_value=0,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def clean_leavers(self) -> int:
        """Refuse another number than the one that the page shows."""
        given: int = self.cleaned_data["leavers"]
        if given != self.expected:
            raise forms.ValidationError(_("Ce n’est pas le nombre affiché."))
        return given


class ComparisonForm(forms.Form):
    """What is looked for in a comparison; what it offers is what there is."""

    nature = forms.ChoiceField(
        label=_("Nature"), required=False, widget=forms.Select({"class": "form-select"})
    )
    champ = forms.ChoiceField(
        label=_("Champ modifié"), required=False, widget=forms.Select({"class": "form-select"})
    )
    q = forms.CharField(
        label=_("Nom"),
        required=False,
        max_length=100,
        widget=forms.TextInput({"class": "form-control"}),
    )

    def offer(self, found: Comparison) -> None:
        """Offer what the comparison holds.

        Args:
            found (Comparison): the comparison.
        """
        natures = [
            (nature.value, f"{_(nature.label)} ({n})") for nature, n in found.natures.items()
        ]
        fields = [(key, f"{label} ({n})") for key, (label, n) in found.fields.items()]
        self.fields["nature"].choices = [("", _("Toutes")), *natures]  # type: ignore[attr-defined]
        self.fields["champ"].choices = [("", _("Tous")), *fields]  # type: ignore[attr-defined]


def nature_of(text: str) -> Nature | None:
    """Read a nature from a URL.

    Args:
        text (str): what the URL says.

    Returns:
        Nature | None: None for none, or for a word that is none.
    """
    return Nature(text) if text in set(Nature) else None


def import_words(counts: dict[str, int]) -> str:
    """Say on a button what confirming does.

    Args:
        counts (dict[str, int]): of the run.

    Returns:
        str: `Importer 298 élèves, en mettre 14 de côté`.
    """
    aside = counts.get("pupils_rejected", 0) + counts.get("pupils_spared", 0)
    taken = counts.get("pupils_read", 0) - aside
    said = ngettext("Importer %(count)s élève", "Importer %(count)s élèves", taken) % {
        "count": taken
    }
    if not aside:
        return said
    return said + ngettext(
        ", en mettre %(count)s de côté", ", en mettre %(count)s de côté", aside
    ) % {"count": aside}
