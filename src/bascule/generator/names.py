"""Names of the fictional families, by origin. Written for this project, from no file of persons.

Every name can be written in ISO-8859-15, as school software does: names from other alphabets are
transliterated. The first names of a list are the most frequent.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import NamedTuple


class Word(NamedTuple):
    """A name and what an e-mail address makes of it.

    Attributes:
        text: the name.
        slug: lower-case letters and digits only.
    """

    text: str
    slug: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Names that go together.

    Attributes:
        families: family names, in capitals.
        girls: first names of girls and young women.
        boys: first names of boys and young men.
        mothers: first names of the parents' generation.
        fathers: first names of the parents' generation.
        countries: codes of the countries where a birth abroad takes place.
    """

    families: tuple[Word, ...]
    girls: tuple[Word, ...]
    boys: tuple[Word, ...]
    mothers: tuple[Word, ...]
    fathers: tuple[Word, ...]
    countries: tuple[str, ...]


@lru_cache(16_384)
def word(text: str) -> Word:
    """Return a name with its e-mail form.

    Args:
        text (str): a name.

    Returns:
        Word: of both.
    """
    return Word(text, slug(text))


def slug(text: str) -> str:
    """Return a name as an e-mail address shows it.

    Args:
        text (str): a name.

    Returns:
        str: lower-case letters without accents; everything else is dropped.
    """
    bare = unicodedata.normalize("NFKD", text.lower().replace("œ", "oe").replace("æ", "ae"))
    return "".join(character for character in bare if character.isascii() and character.isalnum())


def pick(words: tuple[Word, ...], random: Random) -> Word:
    """Draw a name, the first ones of the list more often.

    Args:
        words (tuple[Word, ...]): names.
        random (Random): the generator to draw from.

    Returns:
        Word: one of them.
    """
    share = random.random()
    return words[int(share * share * len(words))]


def _words(text: str) -> tuple[Word, ...]:
    names = (name.strip() for name in text.replace("\n", " ").split(","))
    return tuple(word(name) for name in names if name)


_FRENCH = Origin(
    families=_words("""
        MARTIN, BERNARD, DUBOIS, PETIT, ROUX, MOREAU, LAURENT, GIRARD, LEFÈVRE, MERCIER, GARNIER,
        FAURE, ROUSSEAU, BLANC, CHEVALIER, GAUTHIER, PERRIN, ROBIN, CLÉMENT, MORIN, NICOLAS, MATHIEU,
        LE GOFF, D'ARVIEU, DE LA TOUR, CŒUR, DU BREUIL, LE BŒUF, L'HERMITTE, DES ESSARTS, D'HAUTEVAL,
        DUPRÉ, BESNARD, LEMOINE, RENAUD, GUÉRIN, COLIN, VIDAL, CARON, PICARD, ROLLAND, AUBERT, GIRAUD,
        BRUN, LEROUX, RENARD, DUMAS, ARNAUD, LACROIX, HUBERT, SCHNEIDER, MEUNIER, GAILLARD, JOLY,
        BRUNET, BARBIER, OLIVIER, MÉNARD, LEBRUN, VASSEUR, ROCHE, NOËL, MAILLARD, BOUVIER, PRÉVOST,
        CHARPENTIER, RIVIÈRE, LECLERCQ, DELMAS, COUSIN, FLEURY, BAILLY, BRETON, TESSIER, POULAIN,
        HAMEL, HUET, DELATTRE, LELIÈVRE, BÉNARD, CORDIER, GUILBERT, MAURICE, TANGUY, KERVELLA,
        LE GUENNEC, QUÉMÉNEUR, PLOUZENNEC, LE BIHAN, TROADEC, CARIOU, GUIVARC'H, LE DÛ, ABGRALL,
        SAINT-AUBIN, SAINT-MARC, BEAUVALLET, VILLEMAIN, CHANTELOUP, MONTREUIL, HAUTBOIS, CLAIRVAL,
        VERTBOIS, LARIVIÈRE, BOISSERÉE, TERREFORT, MAISONNEUVE, BONNEFOY, CASTELBON, PUECHBERTY,
        ESCALIÉ, TARRADE, FONTANILLE, BOURRASSOL, LASCOMBES, ESTÈVE, PUJOL, BORDENAVE, ETCHEVERRY,
        HARISTOY, IRIGARAY, MENDIBOURE, LARRALDE, OLHAGARAY, CASABIANCA, PAOLANTONI, SANTONACCI,
        MULLER, WEISS, KESSLER, HEITZMANN, STŒCKEL, BIRKENMEIER, ZIMMERMANN, OBERLÉ, HEITZ, SPITZ,
        DEWAELE, VANDENBROUCKE, DEBLOCK, VERHAEGHE, LEPOUTRE, DELANNOY, DESCAMPS, HOUPLAIN, WATTEAU,
        PELLOUX, FAVRE-BULLE, CHAMBOST, GRANGEON, MOLLARD, BERTHOLLET, DUCHÂTEL, MAÎTREJEAN,
        PÂRIS, GÂTINEAU, FORÊT, LEPRÊTRE, BÂTIE, CÔME, RÔTISSEUR, HÛE, AÏMARD, MOÏSAN, LOUËT,
        D'ALENCOURT, DE BEAUREGARD, DE KERMADEC, DE SAINT-ELME, DE VILLEDIEU, D'ORVILLIERS,
        DU PLESSIS, LE ROUZIC, LE FLOC'H, DE PONTFARCY, DESCHAMPS, DUCHESNE, DESROSIERS,
        BOULANGER, FABRE, SABATIER, TISSERAND, CHARRON, VIGNERON, BERGER, FORGERON, JARDINIER,
        MARÉCHAL, PELLETIER, SERRURIER, VERRIER, LEMERLE, LELOUP, LECOQ, ROSSIGNOL, PINSON,
        TOURTEREAU, CARPENTIER, HÉBRARD, MASSOT, CALMETTE, VALADIER, SEGUIN, BONHOMME, LEGRAND,
        LEBLOND, ROUSSET, BRUNEAU, GRISON, BLANCHARD, NOIRET, VERDIER, ROUGERIE, JAUNET"""),
    girls=_words("""
        Louise, Emma, Jade, Alice, Chloé, Léa, Manon, Inès, Camille, Sarah, Zoé, Juliette, Lola, Rose,
        Anna, Agathe, Clara, Lucie, Éva, Romane, Jeanne, Margaux, Charlotte, Victoria, Mathilde,
        Clémence, Anaïs, Lœtitia, Marie, Élise, Noémie, Capucine, Apolline, Héloïse, Maëlys, Lou,
        Anne-Sophie, Marie-Amélie, Sophie, Adèle, Gabrielle, Salomé, Célestine, Maëlle, Nolwenn,
        Gwenaëlle, Ombeline, Sixtine, Éléonore, Eugénie, Constance, Faustine, Philippine, Domitille,
        Bérénice, Solène, Flavie, Aliénor, Cécile, Blanche, Hortense, Louna, Tess, Elsa, Nina, Iris,
        Garance, Lilou, Thaïs, Léonie, Aurore, Marie-Lou, Anne-Lise, Rose-Marie, Maï, Oriane,
        Ysaline, Armelle, Perrine, Cœline, Violette, Prune, Ambre, Cassandre, Diane, Edmée, Judith"""),
    boys=_words("""
        Gabriel, Louis, Raphaël, Jules, Adam, Lucas, Hugo, Arthur, Nathan, Léo, Paul, Ethan, Sacha,
        Tom, Noé, Mathis, Théo, Antoine, Maxime, Baptiste, Clément, Martin, Augustin, Gaspard, Victor,
        Simon, Jean-Baptiste, Pierre-Louis, Côme, Éloi, Timothée, Barthélemy, Maël, Titouan, Yann,
        Erwan, Gwendal, Loïc, Tanguy, Alexis, Valentin, Quentin, Thomas, Adrien, Benoît, François,
        Étienne, Grégoire, Cyprien, Basile, Ambroise, Achille, Octave, Marius, Eliott, Robin, Axel,
        Enzo, Rémi, Jérémie, Nicolas, Samuel, Joseph, Charles-Édouard, Foucauld, Thibault, Amaury,
        Hippolyte, Léonard, Mathéo, Gabin, Marceau, Anatole, Célestin, Oscar, Félix, Émile, Aloïs,
        Jean-Rémy, Paul-Henri, Louis-Marie, Guénolé, Tugdual, Briec, Ronan, Armand, Bastien"""),
    mothers=_words("""
        Sandrine, Céline, Stéphanie, Nathalie, Isabelle, Sophie, Valérie, Karine, Aurélie, Delphine,
        Virginie, Laëtitia, Émilie, Anne, Caroline, Christelle, Véronique, Hélène, Élodie, Marie-Laure,
        Anne-Claire, Bénédicte, Séverine, Magali, Florence, Mélanie, Cécile, Gaëlle, Maryline, Agnès,
        Béatrice, Marie-Noëlle, Ségolène, Anne-Cécile, Guénaëlle, Édith, Solange, Claire, Audrey,
        Priscille, Frédérique, Marie-Pierre, Sylvie, Corinne, Pascale, Lydie, Mireille, Odile"""),
    fathers=_words("""
        Christophe, Stéphane, Laurent, Frédéric, Sébastien, David, Olivier, Nicolas, Philippe, Jérôme,
        Vincent, Guillaume, François, Éric, Franck, Cédric, Thierry, Benoît, Arnaud, Ludovic, Xavier,
        Jean-Marc, Jean-François, Pierre-Yves, Gaël, Mickaël, Grégory, Rémi, Hervé, Pascal, Gérald,
        Jean-Noël, Emmanuel, Régis, Bertrand, Tristan, Étienne, Yves, Denis, Bruno, Damien, Fabrice,
        Jean-Christophe, Marc-Antoine, Gilles, Loïc, Joël, Raphaël"""),
    countries=("131", "140", "132", "109", "401", "404", "134"),
)
_MAGHREB = Origin(
    families=_words("""
        BENALI, HADDAD, MANSOURI, BOUZID, CHERIF, AMRANI, EL AMRANI, BELKACEM, ZEROUAL, TAHIRI, SAÏDI,
        OULD-AHMED, BEN YOUSSEF, EL KHATTABI, AÏT-SAÏD, BOUDIAF, MEZIANE, HAMDAOUI, LAHLOU, BENNANI,
        EL IDRISSI, KHELIFI, GHARBI, TRABELSI, JAZIRI, CHAOUCH, ABDELLAOUI, BOUCHERIT, ZITOUNI, NACER,
        BEN SALAH, OUADAH, AÏT-OUARAB, BELHADJ, MOKRANI, SLIMANI, YAHIAOUI, RAHMOUNI"""),
    girls=_words("""
        Lina, Yasmine, Nour, Aya, Inaya, Sofia, Maryam, Amira, Salma, Leïla, Kenza, Assia, Sirine, Anissa,
        Myriam, Hajar, Fatima-Zahra, Chaïma, Ikram, Nesrine, Dounia, Malak, Rania"""),
    boys=_words("""
        Mohamed, Yanis, Rayan, Ilyes, Amine, Ibrahim, Youssef, Naïm, Bilal, Ismaël, Adem, Walid, Zakaria,
        Anis, Abd-el-Kader, Sofiane, Nassim, Idris, Mehdi, Haroun, Aïssa, Younès, Marwan, Kaïs"""),
    mothers=_words("""
        Nadia, Samira, Fatima, Karima, Leïla, Naïma, Souad, Malika, Hafida, Zohra, Khadija, Rachida,
        Aïcha, Latifa, Houria, Farida, Lalla-Meriem, Saliha"""),
    fathers=_words("""
        Karim, Rachid, Mohamed, Mustapha, Farid, Abdelkader, Saïd, Hassan, Nordine, Kamel, Djamel,
        Abderrahmane, Ali, Brahim, Lahcen, Moulay-Driss, Hichem, Tarek"""),
    countries=("352", "350", "351"),
)
_PORTUGUESE = Origin(
    families=_words("""
        DA SILVA, FERREIRA, DOS SANTOS, PEREIRA, GONÇALVES, RODRIGUES, DE OLIVEIRA, TEIXEIRA, LOPES,
        MARQUES, DA CUNHA, RIBEIRO, CARVALHO, ALVES MOREIRA, PINTO DE SOUSA, FERNANDES, MAGALHÃES,
        SIMÕES, BRANDÃO, GUIMARÃES, NUNES TAVARES, D'ALMEIDA, DA CONCEIÇÃO, ANTUNES"""),
    girls=_words(
        "Ana, Inês, Beatriz, Mariana, Carolina, Lara, Sofia, Matilde, Joana, Rita, Lúcia, Leonor"
    ),
    boys=_words(
        "Tiago, Diogo, João, Rafael, Miguel, Duarte, Rui, Nuno, Gonçalo, Simão, André, Luís"
    ),
    mothers=_words(
        "Maria, Paula, Cristina, Fernanda, Sandra, Conceição, Lurdes, Isabel, Maria-João, Graça"
    ),
    fathers=_words("José, Manuel, Carlos, António, Paulo, João, Fernando, Joaquim, Luís, Armando"),
    countries=("139", "396", "416"),
)
_SPANISH_ITALIAN = Origin(
    families=_words("""
        GARCÍA LÓPEZ, MARTÍNEZ, FERNÁNDEZ RUIZ, IBÁÑEZ, MUÑOZ, ROMERO, CASTAÑEDA, DELGADO PEÑA, ROSSI,
        ESPOSITO, DI MARTINO, DE LUCA, LO PRESTI, D'AGOSTINO, COLOMBO, MANCINI, LA ROSA, FERRARI"""),
    girls=_words(
        "Lucía, Carmen, Paula, Alba, Giulia, Chiara, Martina, Elena, Begoña, Noemí, Alessia"
    ),
    boys=_words(
        "Álvaro, Pablo, Íñigo, Diego, Matteo, Leonardo, Lorenzo, Andrea, Nicolò, Marco, Iván"
    ),
    mothers=_words("Ángeles, Pilar, Rocío, Francesca, Paola, Mónica, Giovanna, Mercè, Consuelo"),
    fathers=_words(
        "Javier, José Luis, Ángel, Giuseppe, Salvatore, Alessandro, Ramón, Víctor, Enzo"
    ),
    countries=("134", "127", "415", "419"),
)
_TURKISH = Origin(
    families=_words("""
        YILMAZ, KAYA, DEMIR, SAHIN, ÇELIK, YILDIZ, ÖZTÜRK, AYDIN, ÖZDEMIR, ARSLAN, DOGAN, KILIÇ, KOÇ,
        GÜNES, TURGUT, KARADAG, GÜL, TÜRKMEN"""),
    girls=_words("Elif, Zeynep, Defne, Ecrin, Azra, Melisa, Irem, Büsra, Sude, Gülsüm, Ilayda"),
    boys=_words("Emir, Yusuf, Mert, Kerem, Ömer, Eymen, Arda, Efe, Furkan, Berkay, Çinar"),
    mothers=_words("Ayse, Fatma, Emine, Hatice, Sevgi, Gülay, Meryem, Özlem, Sengül"),
    fathers=_words("Mehmet, Mustafa, Ahmet, Murat, Hüseyin, Osman, Süleyman, Ömer, Bülent"),
    countries=("208",),
)
_WEST_AFRICAN = Origin(
    families=_words("""
        DIALLO, TRAORÉ, COULIBALY, KEÏTA, DIARRA, KONATÉ, CISSÉ, SYLLA, CAMARA, NDIAYE, SOW, FALL,
        BÂ, SY, N'DOYE, N'GUESSAN, KOUASSI, KOFFI, YAO, OUATTARA, M'BAYE, DIOP, GUEYE, SISSOKO,
        TOURÉ, KABORÉ, SAWADOGO, ADJOVI, AGBODJAN, NGO BASSOM, MBARGA, EYENGA, ILUNGA, KABEYA,
        MAKIADI, TSHIMANGA, RAKOTOMALALA, ANDRIANARISOA, RAZAFINDRAKOTO"""),
    girls=_words("""
        Fatoumata, Aminata, Mariam, Awa, Kadiatou, Aïssatou, N'Deye, Oumou, Grâce, Divine, Bintou,
        Adjoua, Maïmouna, Rokia, Merveille, Océane, Nafissatou, Hawa, Esther, Princesse"""),
    boys=_words("""
        Mamadou, Ibrahima, Moussa, Ousmane, Abdoulaye, Boubacar, Cheick, Ismaïla, Kouamé, Aboubacar,
        Exaucé, Emmanuel, Christ, Souleymane, Bakary, Serigne, M'Bemba, Issa, Daouda, Yoann"""),
    mothers=_words("""
        Aminata, Fatou, Mariama, Assétou, Rokhaya, Djénéba, Clarisse, Pélagie, Chantal, Hawa, Sira,
        Adjoua, Marie-Claire, Kadidia"""),
    fathers=_words("""
        Amadou, Moussa, Seydou, Ibrahima, Ousmane, Adama, Issa, Cheikh, Jean-Pierre, Célestin,
        Modeste, Bakary, Dieudonné, Kossi"""),
    countries=("335", "341", "326", "330", "312", "322", "327", "333"),
)
_ASIAN = Origin(
    families=_words("""
        NGUYEN, TRAN, LE, PHAM, LÊ VAN, HUYNH, WANG, CHEN, LIU, ZHANG, LI, YANG, HUANG, LIM, SOK, KIM,
        CHHIM, PHOMMACHANH, SAYAVONG, SINGH, KAUR, PATEL, RAHMAN, SIVANESAN, PONNUSAMY, KUMARASAMY,
        HOSSAIN, PEIRIS, REYES, DELA CRUZ, VANG, XIONG"""),
    girls=_words("""
        Linh, Mai, Lan-Anh, Thi Hoa, Xin Yi, Jia, Mei, Lin, Sophea, Anjali, Priya, Harpreet, Abinaya,
        Kim-Ly, Angelica, Yu Fei, Minh-Châu, Pa Kou"""),
    boys=_words("""
        Minh, Duc Anh, Van Tuan, Hao, Wei, Jun, Jian, Sovann, Arjun, Gurpreet, Praveen, Kévin, Bao,
        Hugo-Minh, Yi Chen, John Paul, Tou, Rohan"""),
    mothers=_words(
        "Thi Huong, Lan, Hong, Xiao Ling, Yan, Sokha, Sunita, Rani, Thi Kim Oanh, Marites, Mee"
    ),
    fathers=_words(
        "Van Hung, Quang, Ming, Jianguo, Bounmy, Samnang, Rajesh, Balwinder, Kannan, Ernesto"
    ),
    countries=("243", "216", "234", "241", "223", "235", "220", "246"),
)
_EASTERN = Origin(
    families=_words("""
        POPESCU, IONESCU, DUMITRU, KOWALSKI, NOWAK, WOJCIK, LEWANDOWSKA, SZCZEPANIAK, NOVAK, HORVAT,
        PETROVIC, JOVANOVIC, MILOŠEVIC, IVANOV, PETRENKO, KOVALENKO, SHEVCHUK, HAKOBYAN, SARGSYAN,
        MELIKIAN, TCHOBANIAN, KELMENDI, KRASNIQI, BERISHA, KAPANADZE, ŽIVKOVIC, DVORÁK, TÓTH"""),
    girls=_words("""
        Daria, Alexandra, Ioana, Zuzanna, Julia, Kateryna, Sofiia, Anastasia, Milena, Ani, Mane, Elira,
        Tamar, Nino, Oksana, Šárka, Éva-Mária"""),
    boys=_words("""
        Andrei, Mihai, Matei, Jakub, Kacper, Maksym, Danylo, Ivan, Nikola, Stefan, Tigran, Narek, Arben,
        Giorgi, Luka, Žarko, Bálint"""),
    mothers=_words(
        "Elena, Mihaela, Agnieszka, Katarzyna, Olena, Svitlana, Natalia, Jelena, Anahit, Vjosa"
    ),
    fathers=_words("Ion, Florin, Piotr, Krzysztof, Serhii, Oleksandr, Dragan, Zoran, Armen, Agim"),
    countries=("114", "122", "155", "121", "252", "157", "255"),
)
_OVERSEAS = Origin(
    families=_words("""
        HOARAU, PAYET, GRONDIN, BOYER, TECHER, MARIE-SAINTE, SAINT-PRIX, JEAN-BAPTISTE, NARANIN,
        CÉLESTE, ÉDOUARD, BEAUSOLEIL, LOUIS-JOSEPH, PAUL-ÉMILE, PIERRE-CHARLES, TÉTUANUI, WAMYTAN"""),
    girls=_words(
        "Kélya, Anaëlle, Maëva, Océane, Loana, Johanna, Tiana, Heimiti, Léana, Shana, Ruth"
    ),
    boys=_words("Kylian, Loïck, Ryan, Mathys, Teva, Jordan, Noah, Yohan, Anderson, Dimitri"),
    mothers=_words(
        "Marie-Josée, Marie-Line, Ginette, Nadège, Rose-May, Gladys, Myrlande, Vaea, Lucette"
    ),
    fathers=_words("Jean-Claude, Yannick, Expédit, Jean-Fred, Willy, Dany, Olivier, Teiki, Ruddy"),
    countries=("410", "390", "397"),
)

#: Every origin, each as often as it is met: the list is drawn from with equal chances.
ORIGINS: tuple[Origin, ...] = (
    *(_FRENCH,) * 62,
    *(_MAGHREB,) * 11,
    *(_PORTUGUESE,) * 5,
    *(_SPANISH_ITALIAN,) * 3,
    *(_TURKISH,) * 2,
    *(_WEST_AFRICAN,) * 7,
    *(_ASIAN,) * 4,
    *(_EASTERN,) * 3,
    *(_OVERSEAS,) * 3,
)

#: Elderly people and other adults whom families name as persons to call.
ELDERS: tuple[Word, ...] = _words("""
    Monique, Jacqueline, Françoise, Denise, Yvette, Josiane, Colette, Geneviève, Marie-Thérèse,
    Gisèle, Huguette, Michèle""")
OLD_MEN: tuple[Word, ...] = _words("""
    Jean, Michel, André, Claude, Gérard, Bernard, René, Jacques, Roger, Maurice, Lucien, Jean-Paul""")
