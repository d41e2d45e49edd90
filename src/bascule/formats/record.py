"""The record: what every reader gives and every writer takes.

A file is a stream of records. The first one is the file's header (`PARAMETRES`).
"""

from typing import NamedTuple, TypeAlias

#: Text of a leaf, a nested block, or the list of a block that may repeat. Attributes are keyed
#: with a leading "@" (`"@CODE_MEF"`). Blank or missing leaves are not in the mapping.
Fields: TypeAlias = "dict[str, str | Fields | list[Fields] | list[str]]"


class Record(NamedTuple):
    """One record of a file, in the words of the file.

    Attributes:
        tag: the element (`ELEVE`, `PERSONNE`, `MEF`…).
        line: line of its start tag, from 1.
        rank: rank among the records of the same tag, from 1.
        fields: its content, text stripped of surrounding blanks, in document order.
        digest: of its very text, when the reader was asked to recall records and nothing of this one
            lies outside `fields`.
        is_recalled: it was known by its digest: its text was not cut, and `fields` is empty.
    """

    tag: str
    line: int
    rank: int
    fields: Fields
    digest: bytes = b""
    is_recalled: bool = False
