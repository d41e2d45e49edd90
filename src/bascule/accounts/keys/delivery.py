"""A delivery of keys: its file is checked, kept sealed until somebody confirms it, and taken into the stock."""

import json
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final

from bascule.accounts.keys import register, vault
from bascule.accounts.keys.carry import OBJECTS, kind_of
from bascule.accounts.keys.moves import Move
from bascule.accounts.keys.seed import Seed
from bascule.accounts.keys.seeds import SeedFile
from bascule.accounts.models import Key
from bascule.errors import RefusedError
from bascule.journal.act import AUTHORITY, act

#: Serial numbers told one by one in a refusal.
_SERIALS_TOLD: Final = 5
_BATCH: Final = 1000


class KnownSerialsError(RefusedError):
    """Keys of a delivery are already in the fleet.

    Args:
        serials (Sequence[str]): their serial numbers.
    """

    code = "key.already-known"

    def __init__(self, serials: Sequence[str]) -> None:
        told = ", ".join(serials[:_SERIALS_TOLD])
        more = f" et {len(serials) - _SERIALS_TOLD} autres" if len(serials) > _SERIALS_TOLD else ""
        count = (
            "Une clé du fichier est"
            if len(serials) == 1
            else f"{len(serials)} clés du fichier sont"
        )
        super().__init__(
            f"{count} déjà dans le parc : {told}{more}. Aucune clé n’a été prise. Le fichier a peut-être déjà été"
            " déposé ; sinon, ôtez-en ces clés."
        )
        self.serials = tuple(serials)


class LostDeliveryError(RefusedError):
    """The delivery that was checked is not there any more, or was checked by somebody else."""

    code = "delivery.gone"

    def __init__(self) -> None:
        super().__init__(
            "La livraison contrôlée n’est plus là : la session a changé entre-temps. Déposez le fichier à nouveau."
        )


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a file of seeds would bring.

    Attributes:
        form: `pskc` or `csv`.
        digest: of the file, in hexadecimal.
        counts: keys by kind.
        first: the lowest serial number.
        last: the highest one.
        expired_count: keys that are already past their last day.
    """

    form: str
    digest: str
    counts: Mapping[str, int]
    first: str
    last: str
    expired_count: int

    @property
    def count(self) -> int:
        """Return how many keys there are."""
        return sum(self.counts.values())


def check_delivery(*, seeds: SeedFile, today: date) -> Delivery:
    """Tell what a file of seeds would bring, and write nothing.

    Args:
        seeds (SeedFile): the file.
        today (date): the day, where the authority is.

    Returns:
        Delivery: its counts.

    Raises:
        KnownSerialsError: if keys of it are already in the fleet.
    """
    _refuse_known(seeds.seeds)
    serials = sorted((one.serial for one in seeds.seeds), key=lambda text: (len(text), text))
    return Delivery(
        form=seeds.form,
        digest=seeds.digest,
        counts=Counter(one.kind for one in seeds.seeds),
        first=serials[0],
        last=serials[-1],
        expired_count=sum(
            one.expires_on is not None and one.expires_on < today for one in seeds.seeds
        ),
    )


def seal_delivery(*, seeds: SeedFile, actor: str) -> str:
    """Encrypt a delivery that was checked, to be kept until it is confirmed.

    Args:
        seeds (SeedFile): the file.
        actor (str): who may confirm it.

    Returns:
        str: nothing that can be read without the key of the seeds.
    """
    content = {
        "actor": actor,
        "form": seeds.form,
        "digest": seeds.digest,
        "seeds": [
            asdict(one) | {"secret": one.secret.hex(), "expires_on": _written(one.expires_on)}
            for one in seeds.seeds
        ],
    }
    return vault.encrypt(zlib.compress(json.dumps(content).encode())).decode("ascii")


def unseal_delivery(*, sealed: str, actor: str) -> SeedFile:
    """Read back a delivery that was kept.

    Args:
        sealed (str): what `seal_delivery` gave; blank for nothing.
        actor (str): who confirms it.

    Returns:
        SeedFile: the file.

    Raises:
        LostDeliveryError: if there is none, or it was checked by somebody else.
    """
    if not sealed:
        raise LostDeliveryError
    try:
        content = json.loads(zlib.decompress(vault.decrypt(sealed.encode("ascii"))))
    except vault.SeedUnreadableError as fault:
        raise LostDeliveryError from fault
    if content["actor"] != actor:
        raise LostDeliveryError
    return SeedFile(
        form=content["form"],
        digest=content["digest"],
        seeds=tuple(_seed_of(one) for one in content["seeds"]),
    )


def receive(*, seeds: SeedFile, actor: str, at: datetime) -> int:
    """Take the keys of a delivery into the stock.

    Args:
        seeds (SeedFile): the file, read whole.
        actor (str): who signs.
        at (datetime): when.

    Returns:
        int: keys received.

    Raises:
        KnownSerialsError: if keys of it are already in the fleet; none is then taken.
    """
    with act(uai=AUTHORITY, kind=kind_of(Move.RECEIVE), actor=actor, at=at) as opened:
        _refuse_known(seeds.seeds)
        keys = Key.objects.bulk_create((_key_of(one, at) for one in seeds.seeds), batch_size=_BATCH)
        register.write_all(
            keys, kind=Move.RECEIVE.code, actor=actor, at=at, detail=f"fichier {seeds.digest[:12]}"
        )
        opened.facts |= {"keys": len(keys), "file": seeds.digest, "form": seeds.form}
    return len(keys)


def _refuse_known(seeds: Iterable[Seed]) -> None:
    given = {(one.kind, one.serial) for one in seeds}
    known = Key.objects.filter(serial__in=[serial for _, serial in given], kind__in=OBJECTS)
    found = sorted(
        serial for kind, serial in known.values_list("kind", "serial") if (kind, serial) in given
    )
    if found:
        raise KnownSerialsError(found)


def _key_of(seed: Seed, at: datetime) -> Key:
    return Key(
        kind=seed.kind,
        state=Key.State.STOCK,
        serial=seed.serial,
        seed=vault.encrypt(seed.secret),
        algorithm=seed.algorithm,
        digits=seed.digits,
        period=seed.period,
        counter=seed.counter,
        received_at=at,
        expires_on=seed.expires_on,
    )


def _written(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _seed_of(kept: dict[str, Any]) -> Seed:
    end = kept["expires_on"]
    return Seed(
        **kept
        | {
            "secret": bytes.fromhex(kept["secret"]),
            "expires_on": date.fromisoformat(end) if end else None,
        }
    )
