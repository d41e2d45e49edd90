"""Where the fictional families live, and where their children were born.

Births take place in real communes and countries, which an import checks against its tables. The
towns of the addresses and of the schools are invented, in départements that do not exist.
"""

# ruff: noqa: PLR2004
# The shares of a fictional population: a name for each would say less than the number.

from random import Random
from typing import NamedTuple

FRANCE = "100"

#: The départements of the fictional académie, as a UAI writes them: none exists in France.
DEPARTMENTS = ("099", "096")


class Town(NamedTuple):
    """An invented town.

    Attributes:
        name: as a postal address writes it, in capitals.
        postcode: five digits, used nowhere in France.
        commune: its number as a commune, used nowhere in France.
    """

    name: str
    postcode: str
    commune: str


class Address(NamedTuple):
    """A postal address.

    Attributes:
        line1: the street; may be empty for an address abroad.
        line2: building or hamlet; may be empty.
        postcode: empty for an address abroad.
        town: empty for an address abroad.
        foreign_town: empty for an address in France.
        country: code of the country.
    """

    line1: str
    line2: str
    postcode: str
    town: str
    foreign_town: str
    country: str


#: Communes with a maternity ward, by number.
BIRTH_COMMUNES: tuple[str, ...] = tuple(
    """
    80021 02691 02408 03190 03310 04070 05061 06088 06029 06069 07186 07010 08105 08409 09122 10387
    11069 11262 12202 12145 13001 13004 13204 13205 13215 14118 14366 14047 15014 16015 17300 17415
    18033 19031 2A004 2B033 21231 21054 22278 22113 23096 24322 24037 25056 25388 26362 26198 27229
    28085 28134 29019 29232 29151 30189 30007 31555 31395 32013 33063 33243 33009 34172 34032 34301
    35238 35288 35115 36044 37261 38185 38544 38563 39300 40192 40088 41018 42218 42187 43157 44109
    44184 45234 45208 46042 47001 48095 49007 49099 50129 50502 50025 51454 51108 52121 53130 54395
    55029 55545 56260 56121 57463 57672 58194 59350 59512 59599 59183 59606 59122 60057 60159 60612
    61001 61169 62041 62160 62193 62498 63113 63300 64445 64102 65440 66136 67482 67180 68066 68224
    69382 69384 69388 69029 69266 70550 71270 71076 72181 73065 74010 74281 75112 75113 75114 75115
    75118 75119 75120 76540 76351 76217 77288 77284 77186 77379 78646 78498 78551 79191 80001 81004
    81065 82121 83137 83061 83050 84007 84087 85191 85194 86194 86066 87085 88160 89024 89387 90010
    91228 91345 92012 92051 92025 92023 93066 93048 93010 93005 93045 94028 94078 94067 95018 95500
    95277 97101 97105 97209 97302 97416 97611
    """.split()  # noqa: SIM905 - a table of 200 numbers reads better so
)

#: Towns of birth abroad, by country.
BIRTH_TOWNS: dict[str, tuple[str, ...]] = {
    "109": ("BERLIN", "HAMBOURG", "FRIBOURG-EN-BRISGAU"),
    "114": ("BUCAREST", "CLUJ-NAPOCA", "IASI"),
    "121": ("BELGRADE", "NOVI SAD"),
    "122": ("VARSOVIE", "CRACOVIE", "POZNAN"),
    "127": ("ROME", "NAPLES", "TURIN"),
    "131": ("BRUXELLES", "LIÈGE", "NAMUR"),
    "132": ("LONDRES", "ÉDIMBOURG", "STOKE-ON-TRENT"),
    "134": ("MADRID", "BARCELONE", "SAN SEBASTIÁN"),
    "139": ("LISBONNE", "PORTO", "VILA NOVA DE GAIA", "BRAGANÇA"),
    "140": ("GENÈVE", "LAUSANNE"),
    "155": ("KYIV", "KHARKIV", "LVIV"),
    "157": ("PRISTINA", "PRIZREN"),
    "208": ("ISTANBUL", "ANKARA", "IZMIR"),
    "216": ("WENZHOU", "SHANGHAI", "CANTON"),
    "220": ("MANILLE", "CEBU"),
    "223": ("CHANDIGARH", "PONDICHÉRY"),
    "234": ("PHNOM PENH", "BATTAMBANG"),
    "235": ("JAFFNA", "COLOMBO"),
    "241": ("VIENTIANE",),
    "243": ("HÔ-CHI-MINH-VILLE", "HANOÏ", "DA NANG"),
    "246": ("DACCA", "SYLHET"),
    "252": ("EREVAN", "GYUMRI"),
    "255": ("TBILISSI", "KOUTAÏSSI"),
    "312": ("KINSHASA", "LUBUMBASHI"),
    "322": ("DOUALA", "YAOUNDÉ"),
    "326": ("ABIDJAN", "BOUAKÉ", "COCODY"),
    "327": ("COTONOU", "PORTO-NOVO"),
    "330": ("CONAKRY", "KANKAN"),
    "333": ("ANTANANARIVO", "TOAMASINA"),
    "335": ("BAMAKO", "KAYES", "SIKASSO"),
    "341": ("DAKAR", "THIÈS", "SAINT-LOUIS"),
    "350": ("CASABLANCA", "FÈS", "OUJDA"),
    "351": ("TUNIS", "SFAX", "SOUSSE"),
    "352": ("ALGER", "ORAN", "TIZI OUZOU", "CONSTANTINE"),
    "390": ("PORT-LOUIS", "CUREPIPE"),
    "396": ("PRAIA",),
    "397": ("MORONI", "MUTSAMUDU"),
    "401": ("MONTRÉAL", "QUÉBEC", "TROIS-RIVIÈRES"),
    "404": ("NEW YORK", "LOS ANGELES"),
    "410": ("PORT-AU-PRINCE", "CAP-HAÏTIEN"),
    "415": ("BUENOS AIRES",),
    "416": ("SÃO PAULO", "RECIFE"),
    "419": ("BOGOTÁ", "MEDELLÍN"),
}

_TOWN_NAMES = (
    "VALBRUNE SUR ORLE", "MONTCERF", "SAINT ARVAN LES BOIS", "ORLEVILLE", "LA FERTE MALVERNE",
    "BOISMENU", "COURTEMICHE", "VILLERS AUX GENETS", "SAINTE OLDE", "PONT SUR ORLE", "GRANDCHEMIN",
    "LES ESSARTS NEUFS", "HAUTERIVE EN BRESLE", "MARNOUVILLE", "CHANTEPIERRE", "ROCHEVERTE",
    "L ISLE MARGOT", "BEAUPRE LE CHATEL", "SAINT ELME DU VAL", "FONTAINE LA REINE", "TREGARANTEC BRAS",
    "NEUVE CELLE", "LE MESNIL TOURNEBRIDE", "AUBEPIERRE SUR ZELLE", "SAINT QUIRIACE", "VAUDORE",
    "CASTELVIEL DES MONTS", "MALEPEYRE", "PUYLAVANDE", "KERDREUX", "STEINWILLER LE HAUT", "BRESLES EN CAUX",
)  # fmt: skip

#: The invented towns of each département.
TOWNS: dict[str, tuple[Town, ...]] = {
    department: tuple(
        Town(name, f"{department[1:]}{10 * rank:03d}", f"{department[1:]}{rank:03d}")
        for rank, name in enumerate(_TOWN_NAMES, 1)
    )
    for department in DEPARTMENTS
}

_STREETS = tuple(
    f"{kind} {name}"
    for kind in ("RUE", "AVENUE", "ALLEE", "IMPASSE", "CHEMIN", "PLACE", "BOULEVARD", "SQUARE")
    for name in (
        "DES TILLEULS", "DU MOULIN A VENT", "DE L EGLISE", "DES QUATRE CHENES", "DE LA FONTAINE",
        "DU LAVOIR", "DES HIRONDELLES", "DE L ANCIEN BAC", "DES PRES HAUTS", "DU CLOS MARGOT",
        "DE LA POTERIE", "DES TANNEURS", "DU PONT NEUF", "DES ECOLES", "DE LA RIVIERE", "DES ACACIAS",
        "DU FOUR A CHAUX", "DE LA CROIX BLANCHE", "DES GENETS D OR", "DU PETIT BOIS", "DES CORDELIERS",
        "DE LA HALLE AU BLE", "DES SOURCES", "DU COLOMBIER",
    )
)  # fmt: skip

_COMPLEMENTS = (
    "APPARTEMENT 12", "BATIMENT B", "RESIDENCE LES CEDRES", "LIEU DIT LE BREUIL", "ESCALIER 3 PORTE 31",
    "CHEZ MME MOREL", "HAMEAU DE LA FERME", "BP 21", "RESIDENCE L'ŒILLET BLANC", "ENTREE C 4E ETAGE",
)  # fmt: skip

_ABROAD = (
    Address("24 CHAUSSEE DE L ETANG", "", "", "", "TOURNAI", "131"),
    Address("HAUPTSTRASSE 118", "", "", "", "KEHL AM RHEIN", "109"),
    Address("12 RUE DU RHONE", "", "", "", "GENÈVE", "140"),
    Address("8 ROUTE D'ESCH", "", "", "", "LUXEMBOURG", "137"),
)


def draw_address(towns: tuple[Town, ...], random: Random) -> Address:
    """Draw an address in one of a few towns, or now and then across the border.

    Args:
        towns (tuple[Town, ...]): where families live; the first one houses half of them.
        random (Random): the generator to draw from.

    Returns:
        Address: each line within 38 characters, the town within 32.
    """
    draw = random.random
    if draw() < 0.004:
        return _ABROAD[int(draw() * len(_ABROAD))]
    town = towns[0] if draw() < 0.5 else towns[int(draw() * len(towns))]
    number = 1 + int(draw() * draw() * 180)
    suffix = " BIS" if draw() < 0.06 else ""
    complement = _COMPLEMENTS[int(draw() * len(_COMPLEMENTS))] if draw() < 0.14 else ""
    street = _STREETS[int(draw() * len(_STREETS))]
    return Address(f"{number}{suffix} {street}", complement, town.postcode, town.name, "", FRANCE)
