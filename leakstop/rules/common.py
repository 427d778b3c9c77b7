"""Words that stand everywhere in code and prose: where a rule hangs on one, its value is looked for at once."""

from __future__ import annotations

_WORDS = (
    "abstract access access_token account action admin agent alchemy ansible-galaxy api_key apikey application artifactory "
    "assistant atera atlas author authorization aws_secret backend bearer bit.ly block board boundary bridge broker build "
    "cache campaign canva census central channel chart checkout circle class clear client client_id cloud cluster codecov "
    "color column command commerce connect console consul content control cosmos couchbase credential credentials crypto "
    "dashboard database datadog default deploy design desktop device digest direct discord docker domain drone elastic "
    "elasticsearch email engine envoy event exchange export facebook factor field figma flash fleet float forge frame front "
    "getresponse getstream ghost global graph group handle hash hcloud header heap helper heroku hetzner host huawei image "
    "index influx insight instance intercom jenkins keypair ledger library light linear linked linkedin linode local logger "
    "login magnet mail manager master matrix media member meraki message metric metrics mobile model mongodb monitor mysql "
    "native neo4j network node number object office order pages panel parseur partner passwd password path payment pendo "
    "phantom phone phrase pivotal place plain planet platform player plex plex_ point portal post price print private "
    "private_key privatekey process product project provider proxy public quay.io queue quick range react record redhat "
    "redis relay release rememberme remote render report request resource response robot root route routing_key scale "
    "scaleway schema script search secret secret_access_key secret_key secret_key_base section secure security_token "
    "segment semaphore sender sentry server service session shadow share shell shift shop shortcut signalfx signature "
    "simple single site skill slack smart snap social source space spark splash square squareup stability stack stage "
    "standard state steam storage store stream stripe studio style subscription support switch symfony system table target "
    "teams template ticket timer tmetric toggl token track trade transfer travel travis trigger twitter update upload "
    "uptime user username value vault vector verify version video view virtual visual vultr wallet watch watson weather "
    "webex webhook website widget window wire work worker world write x.com yahoo zabbix zoom "
)
COMMON = frozenset(_WORDS.split())
