"""What the name of a value says of it: `db_password`, `apiKey` and `CLIENT_SECRET` promise a secret, `token_type` does not.

Names are split into words first, so that `monkey` is never `key` and `tokenizer` never `token`.
"""

from __future__ import annotations

from leakstop.detect.language.wordlike import parts
from leakstop.expressions import expression
from leakstop.memo import lru_cache

# The last words of a name that hold a secret, and which kind.
_PASSWORD = frozenset(
    b"password passwd passphrase passcode passwort pwd pswd pw psw pass userpass userpassword dbpassword dbpass passw "
    b"pword passwords pwds masterauth requirepass motdepasse senha contrasena wachtwoord rootpassword".split()
)
_SECRET = frozenset(
    b"secret secrets secretkey clientsecret apisecret appsecret token tokens authtoken accesstoken apitoken credential "
    b"credentials cred creds apikey apikeys appkey accesskey privatekey authkey secretaccesskey encryptionkey signingkey "
    b"masterkey pat jwt bearer authorization".split()
)
_KEY = frozenset(b"key keys nkey seckey privkey mackey keyauth auth verifier signature hmac salt pepper seed".split())
# What makes a `key` a secret one when it stands before it.
_KEY_KINDS = frozenset(
    b"api access auth secret private priv signing encryption encrypt client master service bot app application session refresh "
    b"bearer consumer deploy license admin account storage shared hmac jwt aes des rsa ssh crypto cookie cipher cert certificate "
    b"aws gcp azure webhook subscription server team user developer dev prod live test maps google sdk network".split()
)
# Words that follow the key word and take the secret away: `token_type`, `password_field`, `secret_name`, `key_id`.
_HARMLESS_LAST = frozenset(
    b"id ids identifier name names url urls uri uris endpoint endpoints host hostname path paths file files filename dir "
    b"directory type types kind class classes field fields column columns label labels title placeholder hint message messages "
    b"msg error errors exception length len size count max min limit limits expiry expires expire expiration expired ttl timeout "
    b"time date lifetime age version versions algorithm algo alg header headers prefix lifespan thumbprint fingerprint pub "
    b"public suffix pattern regex regexp format policy policies rule rules ref refs reference arn index idx enabled disabled "
    b"required optional valid validator validation validity invalid input strength score manager provider store storage handler "
    b"helper helpers service client factory generator builder parser reader writer loader filter source resolver encoder decoder "
    b"hasher checker config configuration settings options opts option param params parameter parameters args arg argument "
    b"method mode map list set array items item page prompt text string description desc help doc docs comment note reset change "
    b"changed update updated match mismatch status state view template icon button link form model schema entity table query "
    b"request response result resource callback listener event hash hashed events action usage scope scopes issuer audience "
    b"grant flow realm domain group groups role roles permission permissions level info data context spec strategy style "
    b"interval period delay cache cached bits bytes chars character characters requirements history rotation rotate hashing "
    b"encoding encryption encrypted protection recovery property properties attribute attributes attr element node selector ring "
    b"pair pairs code codes position offset bind binding bindings press down up word words order by test tests cert crt scheme "
    b"warning address addresses md sha at based only free less safe stone board pad frame frames utc since until "
    b"arguments thru".split()
)
# Words before the key word that take the secret away: `public_key`, `next_page_token`, `csrf_token`, `primary key`.
_HARMLESS_FIRST = frozenset(
    b"authenticity public pub postman csrf xsrf nonce next page continuation pagination sync primary foreign sort partition "
    b"bucket cache object map row unique cancellation cancel lexer parser syntax jump shift hot column dict dictionary lookup "
    b"translation i18n group grouping label index shortcut press keyboard function arrow enter escape space tab match "
    b"idempotency dedupe dedup routing partitioning hash range composite metadata tag annotation section field config option "
    b"setting property attribute header param query cookie form image asset file filename event message log metric locale "
    b"version language lang msg string resource socket websocket without no missing invalid incorrect wrong forgot forgotten "
    b"reset change show hide toggle is has use requires needs allow enable disable verify validate check hashed encrypted sealed "
    b"wrapped publishable anonymous unauthenticated unregister revoke delete remove".split()
)
_CLOSED = frozenset(b"hashed encrypted sealed".split())  # nobody reads the secret out of such a one: `hashed_secret`
_NO_PASSWORD = frozenset(b"ice forgot forgotten hashed encrypted show hide toggle has is needs requires".split())
# What makes a `pass` a turn of work when it stands before it: `firstPass`, `render_pass`.
_TURNS = frozenset(
    b"first second third last next final single one two multi double each every per render shadow depth scale filter blur "
    b"function module loop optimization optimizer compiler analysis forward backward lint mock by".split()
)
_PASSWORD_ENDINGS = (b"password", b"passwd", b"passphrase", b"pass", b"pwd")
_SECRET_ENDINGS = (b"secret", b"token", b"apikey", b"secretkey", b"accesskey", b"accountkey", b"privatekey", b"networkkey")
_OF_FORMS = frozenset(((b"xsrf", b"token"), (b"csrf", b"token"), (b"atl", b"token")))  # proof that one's own page sent it
# Whole names that hold the key word and mean something else.
_HARMLESS = frozenset(
    b"nopasswd csrftoken xsrftoken csrfmiddlewaretoken author authors authored authority authorities authenticated "
    b"authentication authenticity authenticator authorized authorize unauthorized authorizer auths oauth oauth2 askpass compass "
    b"bypass passed passing passes passive passport passthrough passenger passage passfile requestverificationtoken tokenize "
    b"tokenizer tokenized tokenization tokens_per secretary secretariat keyword keywords keyboard keycode keymap keystone "
    b"keynote keypress keydown keyup keyframe keyframes keyspace monkey turkey hockey donkey jockey whiskey publickeytoken "
    b"publickey pubkey primarykey foreignkey sortkey getpass encompass surpass trespass sonarprojectkey passband lowpass "
    b"highpass renderpass releasemanagerkey accredited incredible credits credit creed sacred".split()
)
# Names under which a long hex value is an object id or a digest.
_DIGEST = frozenset(
    b"commit sha sha1 sha256 sha512 md5 rev revision ref hash digest checksum etag version build tree parent submodule "
    b"oid fingerprint integrity crc blob head branch changeset thumbprint sum".split()
)
# Names under which a UUID is only an identifier.
_IDENTIFIER = frozenset(
    b"id ids uuid guid tenant trace request session correlation client project subscription organization org account user device "
    b"instance resource run build job module component lifecycle action idempotency".split()
)
_CLOSING = (b"secret", b"password", b"passwd")  # no word before these makes an identifier of them
_REMEMBERED = 4096  # names, which come again and again
_separator = expression(rb"[^A-Za-z]+")


@lru_cache(maxsize=_REMEMBERED)
def words(name: bytes) -> tuple[bytes, ...]:
    """The words of a name in lower case: `AWS_SECRET_ACCESS_KEY`, `awsSecretAccessKey`, `aws-secret-access-key` give the same."""
    return tuple(parts(name))


@lru_cache(maxsize=_REMEMBERED)
def kind(name: bytes) -> str:
    """What a name promises: `password`, `secret`, `key` (weaker: needs a value that is random beyond doubt) or nothing ("")."""
    split = words(name)
    for at in range(len(split) - 1, max(-1, len(split) - 4), -1):
        word = split[at]
        if word in _HARMLESS:
            continue
        if word in _PASSWORD or word.endswith(_PASSWORD_ENDINGS):
            if word == b"pass" and at and split[at - 1] in _TURNS:
                continue
            return "password"
        if word in _SECRET or word.endswith(_SECRET_ENDINGS):
            return "secret"
        if word in _KEY:
            return "secret" if word == b"key" and at and split[at - 1] in _KEY_KINDS else "key"
    return ""


@lru_cache(maxsize=_REMEMBERED)
def harmless(name: bytes) -> bool:
    """Whether a name that holds a key word means something else: an id, a label, a setting, a public or paging value."""
    split = words(name)
    if not split:
        return False
    if split[-1] in _HARMLESS_LAST or split[-1] in _HARMLESS or b"".join(split[-3:]) in _HARMLESS or split[-2:] in _OF_FORMS:
        return True
    promised = kind(name)
    if promised == "password":
        return any(word in _NO_PASSWORD for word in split[-3:-1])
    if split[-1].endswith((b"secret", b"secrets", b"credential", b"credentials")):
        return any(word in _CLOSED for word in split[-2:-1])
    own = words(name.rpartition(b".")[2])
    return not promised or any(word in _HARMLESS_FIRST for word in own[-3:-1])


@lru_cache(maxsize=_REMEMBERED)
def digest(name: bytes) -> bool:
    """Whether the name says commit, checksum or the like, so that hex below it is no secret."""
    return any(word in _DIGEST for word in (*_separator.split(name.lower()), *words(name)))


@lru_cache(maxsize=_REMEMBERED)
def identifier(name: bytes) -> bool:
    """Whether the name says that a UUID below it only names something: `client_id`, `projectKey`, not `client_secret`."""
    split = words(name)
    return not (split and split[-1].endswith(_CLOSING)) and any(word in _IDENTIFIER for word in split[-2:])
