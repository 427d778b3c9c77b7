"""Words that stand everywhere in code and prose: where a rule hangs on one, its value is looked for at once."""

from __future__ import annotations

_WORDS = (
    "access account action admin agent alchemy application assistant atlas author authorization backend bearer block "
    "board bridge broker build cache campaign central channel chart checkout circle class clear client cloud cluster "
    "codecov color command commerce connect console consul content control cosmos couchbase credential credentials "
    "crypto dashboard database default deploy design desktop device digest direct discord docker domain drone elastic "
    "elasticsearch email engine event exchange export facebook factor field flash fleet forge frame front global graph "
    "group handle hash header heap helper host image index insight instance intercom ledger library light linear linked "
    "local logger login magnet mail manager master matrix media member message metric mobile model mongodb monitor "
    "native network node number object office order pages panel partner passwd password path payment phone place plain "
    "planet platform player plex point portal post price print private process product project provider proxy public "
    "queue quick range react record redis relay release remote render report request resource response root route "
    "routing_key schema script search secret section secure segment semaphore sender server service session shadow share "
    "shell shift shop shortcut signature simple single site skill smart snap social source space spark splash square "
    "stack stage standard state steam storage store stream stripe studio style subscription support switch system table "
    "target teams template ticket timer token track trade transfer travel travis trigger twitter update upload user "
    "username value vault vector verify version video view virtual visual wallet watch watson weather webhook website "
    "widget window wire work worker world write zoom "
)
COMMON = frozenset(_WORDS.split())
