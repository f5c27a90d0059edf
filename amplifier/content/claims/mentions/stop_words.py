"""Capitalised words that are no names, as tables. Pure data."""

from __future__ import annotations


def word_set(words: str) -> frozenset[str]:
    """Return the words of a table that is written as running text."""
    return frozenset(words.split())


FUNCTION = {
    "en": word_set(
        """a about above across after again against all almost alone along already also although always am among an and
        another any anybody anyone anything are aren't around as at away back be because been before behind being
        below beneath beside besides between beyond both but by can can't cannot could couldn't did didn't do does
        doesn't doing don't done down during each either else enough even ever every everybody everyone everything
        except few finally first for from further had hadn't has hasn't have haven't having he he'd he'll he's her
        here here's hers herself him himself his how however i i'd i'll i'm i've if in indeed inside instead into is
        isn't it it'd it'll it's its itself just last later least less let let's like many may maybe me meanwhile
        might mine more most much must my myself near nearly neither never next no nobody none nor not nothing now of
        off often on once one only onto or other others our ours ourselves out outside over own per perhaps please
        rather s same second she she'd she'll she's should shouldn't since so some somebody someone something
        sometimes soon still such t than that that's the their theirs them themselves then there there's therefore
        these they they'd they'll they're they've third this those though through throughout thus till to today
        together tomorrow tonight too toward towards under unless unlike until up upon us very was wasn't we we'd
        we'll we're we've well were weren't what what's whatever when whenever where where's wherever whether which
        while who who's whoever whom whose why will with within without won't would wouldn't yes yesterday yet you
        you'd you'll you're you've your yours yourself"""
    ),
    "es": word_set(
        """a al algo algunos allí ante antes aquí así aunque bajo cada casi como con contra cual cuando cuánto cómo cuál
        de del desde después donde dos durante dónde e el ella ellas ellos en entonces entre era es esa ese eso esta
        este esto está están fue fueron ha han hasta hay hoy la las le les lo los luego mi mientras muy más ni no nos
        nosotros nuestra nuestro o para pero por porque que quien quién qué se según ser si sin sobre solo son su sus
        sí sólo también tan tanto te tiene toda todas todo todos tras tu tú un una unas uno unos y ya yo él"""
    ),
    "fr": word_set(
        """a après au aujourd aussi autre aux avant avec c ce cela celle celui ces cet cette chaque chez comme comment d
        dans de depuis des deux dont du elle elles en encore enfin ensuite entre est et eux hier ici il ils j jamais
        je l la le les leur leurs lorsque lui m ma mais malgré me même mes moi mon n ne ni non nos notre nous on ont
        or ou où par parce pas pendant personne peu plus pour pourquoi puis puisque quand que quel quelle quelques qui
        quoi s sa sans se selon ses si son sont sous sur t ta te tes toi ton toujours tous tout toute toutes très tu
        un une vers voici voilà vos votre vous y à ça était être"""
    ),
    "de": word_set(
        """aber alle allem allen alles als also am an andere auch auf aus bei beim bis bitte da dabei dafür damit dann
        das dass daß davon dazu dein deine dem den denn dennoch der deren des deshalb dessen dich die dies diese
        diesem diesen dieser dieses dir doch dort du durch ein eine einem einen einer eines er es etwas euch euer für
        gegen hat heute hier hinter ich ihm ihn ihnen ihr ihre im immer in ist ja jede jedem jeden jeder jedes jetzt
        kein keine können laut man mehr mein meine mich mir mit nach nicht nichts nie noch nun nur ob oder ohne schon
        sehr sein seine seit sich sie sind so sogar sondern trotz um und uns unser unsere unter vom von vor wann war
        waren warum was weil welche wenn wer werden wie wieder wir wird wo zu zum zur zwar zwischen über"""
    ),
}
"""Never a name by themselves, unless they are all in capitals and such a name is known from elsewhere."""

NAMES_TOO = word_set("an do may no so will you")
"""Function words that end a name when a capitalised word stands before them: `Theresa May`."""

OPENERS = {
    "en": word_set(
        """according amid answer answering armed ask asking believe besides born bring call captured care check choose
        click comment consider countless crossing data dear despite discover donate dozens earlier entire eventually
        everyday family fellow fleeing follow footage former fortunately forward freedom get give go great half help
        hope hundreds imagine join keep know later learn learning leaving life listen little living look luckily make
        media meet millions moments new numerous old open pass people picture police put question read reading
        recently remember reply repost retweet running sadly save say see send several share sharing show sign signed
        simply speak spoiler spread stand start stay stop suddenly support tag take talk tell thank thanks think
        thousands trapped truth try turn ultimately unfortunately use various video visit volunteer want watch welcome
        wonder world worse write young"""
    ),
    "es": word_set("comparte lee mira sigue imagina pregunta escribe ayuda gracias hoy ayer mañana miles millones"),
    "fr": word_set("partagez lisez imaginez suivez écrivez demandez merci aujourd'hui demain des milliers"),
    "de": word_set("danke gestern morgen teilt lest fragt"),
}
"""No part of a name at a sentence's beginning: requests, adverbs and the like."""

SHOUTED = word_set("ok tv am pm id diy faq fyi asap rip ps nb aka ceo dna cctv ngo ngos usp vip a.m p.m qa pdf url")
"""In capitals, but no names."""

TITLES = word_set(
    """mr mrs ms miss mx dr prof professor president prime minister general gen colonel col lieutenant lt sergeant sgt
    captain capt major private pvt corporal cpl senator sen representative rep governor gov judge justice sir dame
    lord king queen prince princess pope ambassador secretary chancellor señor señora sr sra don doña presidente
    presidenta ministro ministra monsieur madame mme m président présidente ministre herr frau präsident präsidentin
    kanzler kanzlerin ministerin"""
)
"""Before a name, and no part of it."""

WEEKDAYS = word_set(
    """monday tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch donnerstag freitag samstag
    sonnabend sonntag lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes miércoles jueves viernes sábado
    domingo"""
)
"""They belong to dates."""

COMMON_PARTS = word_set("north south east west new great upper lower united human rights national old saint")
"""Words of names that are no names by themselves."""

PARTICLES = word_set("de la las los del der den van von zu bin bint ibn al el da di do dos das du le y")
"""Lower-case words within a name."""

BODIES = word_set(
    """academy agency army association bank bay bill board bureau cape center centre chamber charter church coalition
    college commission committee congress convention council court day declaration department doctors embassy
    federation foundation group gulf house institute isle kingdom league minister ministry museum office organisation
    organization parliament party rapporteur reporters republic school sea secretary society states statue treaty
    union university war watch"""
)
"""After these a name goes on with `of`, `for`, `on` or `without`: `Commission of Inquiry on Human Rights`."""

PLACES = word_set(
    """area avenue border bridge camp city coast command county district island islands line mountain mountains news
    ocean peninsula port province region river square station street times town valley village zone"""
)
"""The head of a name that is no person's: `Demilitarized Zone`, `NK News`."""
