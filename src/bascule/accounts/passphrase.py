"""Propose a password that is easy to type and hard to guess: five words that chance put together."""

import secrets
from collections.abc import Callable, Sequence

_COUNT = 5
#: Everyday words, of four to ten letters, without accents: any keyboard types them. Nine bits each.
_TEXT = """
abeille abricot acajou acier aigle aimant algue amande ananas ancre angle anneau arbre arche argile
armoire arrosoir artiste asperge astre atelier atlas aube auberge avion avocat avoine azur bagage
baguette balai balance balcon baleine ballon bambou banane banc banjo barque barrage basilic bassin
bateau baton beurre biche bijou biscuit bison blaireau bleuet bloc bocal boisson bonbon bonnet
bordure botte bougie boule boulon bouquet bourgeon boussole bouton branche brebis brique brise
brocante brosse brouette bruit brume buffet buisson bureau cabane cabine cactus cadeau cadran cage
cahier caillou calcul calme camion campagne canal canard canoe canyon capot capuche caramel carotte
carreau carton cascade casier casque castor cave ceinture cerf cerise chaise chalet chameau chamois
champ chanson chantier chapeau charbon chariot chemin chemise cheval chevre chien chiffon chouette
ciment cirque citron citrouille clavier cloche clou cobalt cocotte coffre colline colombe comete
compas comptoir concert coquille corail corbeau corde corne coton couleur couloir coussin couteau
crabe craie crapaud crayon crevette cristal croix cuillere cuivre culture cygne dalle dauphin
dentelle desert dessert dessin diamant dindon disque divan docteur domino donjon dragon drapeau
duvet ecaille echarpe echelle eclair ecluse ecorce ecran ecrou ecureuil effort elan email encre
engrais enigme enjeu epaule epice epine eponge escalier escargot espace essaim estrade etable etage
etang etoile etude facteur faisan falaise famille farine faucon fauteuil fenouil ferme feuille
ficelle figue filet fleur fleuve flocon flotte flute foin fontaine foret forge fosse fougere foulard
four fourmi fraise framboise frelon fromage fruit fumee fusain galerie galet galop garage gare
gateau gazelle gazon gerbe geyser girafe givre glace glacier gland globe golfe gomme gorge goudron
gourde goutte graine grange granit gravier grenier grenouille griffe grillon grive grotte groupe
grue guepe guide guitare haie hamac hameau hamster hangar haricot harpe herbe heron herse hibou
hirondelle hiver horloge housse huile huitre humus iceberg igloo image indigo insecte iris ivoire
jambe jardin jasmin jaune jonquille journal jungle jupe kayak kiosque koala lacet lagune laine
laitue lampe langue lanterne lapin lavande lavoir lettre levier lezard liane libellule lierre lilas
limace lime lion livre loupe loutre lucarne lueur luge lumiere lune lunette lutin magasin maison
manche mandarine manege manteau marais marbre marche marin marmotte marron marteau masque matin
melon menthe mercure merle mesange meteore meuble miel mimosa minerai miroir mistral moineau moisson
montagne montre morse mortier moteur mouche moulin mousse mouton muguet muraille muscade musique
myrtille nacre nappe narval navet navire neige noisette noix nougat nuage nylon oasis ocean ocre
olive ombre oncle orage orange orchestre oreille orge orme ortie osier otarie ourson outil ouvrier
oxygene paille palais palmier panda panier panneau papaye papier papillon paquet parasol parfum
parquet passage pastel patin pavot peigne peinture pelican pelouse pendule perche perle persil phare
phoque piano pierre pigeon pilote piment pinceau pingouin pirogue pivoine placard plage planche
platane plateau pluie plume poche poire poisson poivre pollen pomme poney pont porche portail poteau
poterie poulain poule poutre prairie prune puits pupitre quai quartz quille radeau radis ragout
raisin rameau rampe rateau ravin recif regard reglisse reine renard requin ressort riviere robinet
rocher roseau rosee ruban ruche rugby ruisseau sable sabot saison salade salon sapin sardine saule
saumon savane savon sceau seau sentier serpent sifflet silex sirop soleil sommet source souris
statue store sucre tableau tabouret talus tambour tapis tasse taureau temple tente terrier theatre
tigre tilleul timbre tiroir tisane toboggan tomate tonneau torche tornade tortue toupie tourbe
tournesol trapeze tresse tribune tricot triton tronc trousse truite tulipe tunnel turbine tuyau
vague valise vallon vanille vapeur velo velours verger verre vertige veste viaduc village violon
virage voile voilier volcan voyage wagon zebre zinc
"""
_WORDS = tuple(_TEXT.split())


def propose(choose: Callable[[Sequence[str]], str] = secrets.choice) -> str:
    """Make a phrase of five words, 46 bits.

    Args:
        choose (Callable[[Sequence[str]], str]): takes a word by chance; another than the default is
            for fictional people.

    Returns:
        str: the words, cut by blanks.
    """
    return " ".join(choose(_WORDS) for _ in range(_COUNT))
