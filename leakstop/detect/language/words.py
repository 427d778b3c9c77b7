"""Common English and programming words, as one string that becomes a set when it is first asked for."""

from __future__ import annotations

from leakstop.memo import cache

_TEXT = b"""
aaa abc abcd ability able about above abs absent absolute abstract accept access accident accord account accuracy accurate
acknowledge acquire across act action active activity actor actual adapter add additional addon address adjust admin
administration administrator admins advance advice aes affect affinity afraid after again against age agency agent aggregate
aggregation agree ahead air alarm album alert algorithm alias alice align alipay alive all alloc allocation allocator allow
alone along alpha already also alter alternate alternative always am amazon amendment ami among amount an analysis analytics
analyze anchor ancient and andrea andrew android angel anger angle angry angular angularjs animal animate annotation
announce announcement annual anonymous another ansible answer anthony any anyone anything apache apart api app appearance
append apple application apply appointment appropriate approve april arbitrary arch archive area arg args argument
arithmetic arm army arn around arr arrange array arrive arrow art article artifact artist as ascii asdf ashes ashley aside
ask asp aspect assembly assert asset assign assignment assist association assume assumption async asynchronous at atlas atom
att attach attachment attack attempt attend attention attr attribute auction aud audio audit august auth authenticate
authenticated authentication authenticator authenticity authn author authority authorization authorize authz auto
autocomplete automatic automation avail availability available avatar average avoid avro awake award aware away awesome aws
awscli axios axis azure baby back backend background backoff backup bad badge bag balance balancer ball bam banana band
bandwidth bank banner bar bare barrel base baseball baseline bash basic basis basket batch batman battery battle bay baz
bazaar bazel bcrypt beach beacon bean beanstalk bear bearer bearing beat beautiful beauty because become bed been before
begin beginning behave behavior behind being believe bell belong below bench benchmark bend beneath benefit berry beside
best beta better between beyond bibliography bid big bill billing bin binary bind binding bird birth birthday bit bitbucket
bitcoin bitnami black blade blank blast blaze blend bless blind blob block blog blood blossom blow blue board boat bob body
bogus bold bomb bond bone bonus book booking bool boolean boost boot bootstrap bootstrapper border born borrow boss both
bottle bottom bounce bound boundary bowl box boy brain branch brand brave bread break breakfast breath breeze brick bridge
brief bright brightness bring broad broadcast broken broker bronze brother brown browse browser brush bubble bucket budget
buffer bufferedreader bug build builder bulk bull bullet bundle burn burst bus business buster busy but butter button buy
buyer by byte bytes cabin cable cache calculate calculation calculator calendar call callback caller came camel camera camp
campaign can cancel candidate candle candy canvas capabilities capability capacity captain captcha caption capture car
carbon card cardinality care career cargo carry cart case cash casino cassandra cast castle cat catalog catch category cause
cdn celery cell cent center centos central century cert certificate cfg cgroup chain chair challenge chance change changed
changeit changeme channel chapter char character characteristic charge charlie charset chart charts chat cheap check
checkbox checker checkout checksum cheese chef cherry chest chicken chief child children chip chocolate choice choose chrome
chrono chroot chunk church cidr cilium cipher circle circuit circumstance citizen city claim class classic classification
classify clean cleanup clear clerk click client cliff climb clip clipboard clock clone close closed closet closure cloth
cloud cloudflare cloudformation club cluster cmd cname coach coast cockroach code codec codedeploy codepipeline coffee coin
coinbase cold collect collection collector collision color column com combination combine come comfort comma command comment
commerce commission commit commitment common communication community company comparator compare comparison compass
compatibility compensation compile compiler complete completion complex complexity component compose composer comprehensive
compress compression computation computer concat concatenate concept concern concert conclusion concurrent condition
conditional conf confidence confidential config configurable configuration configure confirm confirmation conflict
confluence congress conjunction connect connection connectivity connector consent consequence consider considerable
consistency consistent console const constant constraint construct construction constructor consul consultation consumer
consumption contact contain container content contest context contingency continue continuous contoso contract contrast
contrib contribution contributor control controller convenience convention conversation conversion convert cook cookie cool
cooper coordinate coordinator copy copyright coral core coredns corn corner corp corporate correct correlation corresponding
cors corvette cost cotton could council count counter counterpart country couple coupon courage course court cousin cover
coverage cow cpu crash crawler crazy create created creation creator creature credential credit creek crew crime criteria
critical cron cronjob crop cross crowd crown crucial cruise cry crypt crypto cryptography crystal csi csrf css csv ctrl ctx
culture cup curious curl curr currency current cursor curve custom customer customize cut cycle daemon daily dance danger
daniel dao dark dash dashboard data database datadog dataset datasource date datetime daughter day dbname dbpassword dbuser
dead deadbeef deadline deal dear death debate debian debounce debug debugger dec decade december decide decimal decision
deck declaration declare decline decode decoder decompose decor decorator decrement decrypt deduplicate deep deer def
default defaults defense deferred define definition degree delay delegate delete deletion delimiter deliver delivery delta
demand demo demonstrate denominator dense deny depend dependency dependent deploy deployment deprecated depth derek derive
desc describe description descriptor deserialize desert design designation designer desire desk desktop despite dest
destination destroy destructor detail detect detector determine dev develop developer development device devops dhcp
diagnosis diagnostic dialog diamond dict dictionary did diff difference different difficult dig digest digit digital
dimension dinner dir direct direction directive directory disable disabled discard disconnect discord discount discover
discovery discuss discussion disk dismiss dispatch dispatcher display distance distinct distribute distribution district
divider django dns do doc docker dockerhub doctor document documentation doe does dog dollar dolphin domain done door dot
double doubt down download downstream draft dragon drain draw drawer dream dress drift drill drink drive driver drop dropbox
drum dry dto duck due dummy dump duplicate duration during dust duty dynamic dynamo dynamodb each eager eagle ear early earn
earth east easy eat echo eclipse ed edge edit edition editor education effect efficient effort egg eight either eks elastic
elasticsearch elect electric element elephant elevation eligible eliminate elite else email emailaddress embed embedded
embedding emea emergency emit emitter emotion emphasis employ employee empty enable enabled enc encode encoder encoding
encrypt encrypted encryption end endpoint enemy energy engage engine engineer english enhance enjoy enough ensure enter
enterprise entire entity entrance entry enum enumerable enumerate env environ environment envoy epoch equal equivalent err
error errors esc escape eslint essential establish estimate etcd eth ethereum etherscan etl evaluate evaluation even event
ever every everyone everything evidence evil ex exact exam examination example excel excellent except exception exchange
exclude exclusive exe exec execute execution executor exhausted exist existing exit expand expansion expect expectation
expected expensive experience expert expiration expire expired expires expiry explain explanation explicit explode explorer
exponent export expose exposure express expression ext extend extension extensions external extra extract extraction eye
faas fabric face facebook facility fact factor factory fade fail failed failure fair faith fake fall fallback false fame
family famous fan far farm farmer fashion fast fat fatal father fault favor favorite fcm fear feature february federal
federation fedora fee feed feedback feel fence fetch fetcher few ffff fiber field fifo fight figure file filename filepath
filesystem fill filler film filter final finance find finder fine finger fingerprint finish fire firebase firefox firestore
firewall firm first fish fit five fix fixed fixture flag flame flash flask flat flavor flex flight flip float flood floor
flour flow flower fluentd fluid flush fly focus folder follow font foo foobar food foot football footer for forbid force
foreign forest forever forget fork form formal format formatter former formula fort forum forward found foundation fountain
four fox fqdn fragment frame framework free freedom freeze french frequency fresh friday friend frog from front frontend
frost fruit fscanf fstab ftp fuel fulfillment full fun func function functional fund funny fusion future gae gain galaxy
gallery game gamma garage garbage garden gas gate gateway gather gcm gcp gcs gem gender general generalize generate
generated generation generator generic gentle geo geometry george german get getter ghost giant gift ginger girl git gitea
github gitlab give glad glass global globe glory gmail gnome gnu go goal goat god gold golden golf good goog google gopher
got govern grace grade gradient gradle grafana grand grandma grant graph graphic graphql grass gray great green greet grep
grid ground group grow growth grpc guarantee guard guess guest guid guide guideline guitar gun gunicorn guru gzip habit hack
hacker had hadoop hair half hall hammer hand handle handler hang hannah happen happy haproxy harbor hard hardcoded hardhat
hardware harley harm harvest has hash hasura hat have hawk hbase hdfs he head header health heart heartbeat heat heavy
height hello helm help helper her here hero heroku hex hexadecimal hi hibernate hidden hide hierarchy high highlight hill
him hint his history hit hmac hobby hockey hold holder hole holiday holy home homepage honest honey honor hook hope horizon
horizontal horse hospital host hostname hot hotel hour house how however href html htpasswd http https hub huge human humble
hundred hungry hunt hunter hurry hybrid hydra hyperlink iam ice ico icon id idea ideal idempotent ident identification
identifier identify identity idle ids idx if ignore ignored ii illegal illustration iloveyou image imagine immediate
immutable impact impl implement implementation implicit import important impossible improve in inactive inbox inch incident
include included inclusion income incoming incorrect increase increment indeed indentation independent index indicate
indicator individual industry inference info inform information infra infrastructure ingest ingress inherit inheritance ini
init initial initialization initialize initializer inject injection inline inner input insert inside insight inspec inspect
inspection inspector instagram install installation installer instance instant instead institute institution instruct
instruction instrumentation insufficient insurance int integer integral integrate integration integrity intel intelligence
intent interact interceptor interest interface intermediate internal internet interpolate interpreter interrupt intersection
interval into intro introduce introduction invalid invalidate inventory invest invite invocation invoice invoke io ios ip
ipsum ipv iron is island isolate isolation iss issue issuer istio it item iterate iteration iterator its itself itunes ivan
jack jacket january java javascript jazz jdbc jdk jelly jenkins jennifer jersey jessica jest jewel jira jks job jobs joe
john join joiner joint joker jordan joshua journal journey joy jpa jpeg jpg jquery js json jsx judge juice july jump june
jungle junior junit junk jupyter jurisdiction just justice justification jwk jwks jwt kafka kangaroo karma keep keeper
kerberos kernel key keyboard keychain keycloak keyframe keypair keyring keys keyspace keystore keytool keyword kibana kick
kid kill killer kind kinesis king kingdom kiss kit kitchen kite kms knex knife knight know known kotlin kube kubeadm
kubeconfig kubectl kubelet kubernetes label labels labor laboratory lady lake lambda lamp land landing landscape lane lang
language laptop laravel large lark laser last lastpass late latency later latest launch launcher law lawyer layer layout
lazy ldap lead leader leaf league learn lease least leather leave ledger left leg legacy legal legend legislation legitimate
lemon len length less lesson let letmein letter level leverage lib library libs license life lifecycle lift light lightning
like likelihood lime limit limiter line linear link linked linkedin lint linter linux lion liquid list listen listener
listing lite literal literature little live load loader loan lobby local locale localhost locality localization localstack
locate location lock log logger logic login logo logout logs lonely long look lookup loop lord lorem lose lost lot love
lower loyal lucene luck lucky luks lunch lung lut machine macro made maggie magic magnet mail mailbox mailchimp mailer
mailgun mailserver main maintain maintenance major make maker man manage managed management manager mandrill mango manifest
manipulate manual many map mapper mapping marathon march margin mariadb mark markdown marker market marketing marketplace
marriage mask masked master match matcher material math matrix matter mattermost matthew maven max maximum may maybe md mdb
me mean measure measurement meat mechanism media medical medium meet meeting mem member membership memcached memoize memory
mental mention menu merchant merge merlin meson message messaging messenger meta metadata metal metastore meter method
methodology metric metrics mfa michael michelle micro microphone microservice microsoft middle middleware midnight might
migrate migration mild military milk mill million mime mind mine minecraft mini minify minikube minimum minio minor mint
minute mirror misc misconfigured miss missing mission mist mistral mitigation mix mkdir mobile mocha mock mode model modern
modification modified modifier modify module moment monday money mongo mongodb monitor monkey month moodle moon more morning
morph most mother motion motor mount mountain mouse move movie mqtt mssql mtls much multi multipart multiple multiplier
muscle museum music must mustang mutable mutation mute mutex mutual mvn my myapp mydb myself mysql mystery myth nacos name
named namenode namespace narrow nation native nats nature navigate navigation near neck need needle negative negotiate
neighbor neither nest nested net netlify netrc netty network neutral never new newpassword news nexmo next nextcloud nexus
nginx ngrok nice nicole night nine nobody node nodejs noise nonce none noop normal normalize north nose not notation note
notebook nothing notice notification notify notion november now npm ntlm nuget null num number numeric nurse nut oauth obj
object observable observation observe observer occurrence ocean ocsp october odd of off offer office official offline offset
often oh oidc oil ok okay okta old olive once one onedrive onion online only opaque open openapi opened opengl openid
openshift openssl openstack opera operand operate operation operator opinion oppose opsgenie optimization optimize
optimizely optimizer option optional options or oracle orange orbit orchestrate orchestration order ordinary org organ
organization orient orientation origin original orm orthogonal other otherwise otp our out outbound outcome outer output
outside oven over overflow overlay override overview own owner oxygen package packet pad padding page pager pagerduty
pagination paginator paint pair palace palette panda pane panel panic paper paragraph parallel param parameter parameters
params parent parents park parse parser part partial participant participate particular partition partner party pass
passcode passed passenger passlib passphrase passport passthrough passwd password past paste patch path patient pattern
pause pay payable payload payment paypal pbkdf peace peak pear pem pen penalty pencil pending penguin people pepper per
percent percentage perfect perform performance perhaps perimeter period perl permanent permission permissions permit perms
permutation persist persistence person persona personal perspective pet pgp phase phone photo photon php phpmyadmin phrase
physical piano pick picker picture pie piece pig pilot pin ping pink pip pipe pipeline pirate pitch pivot pixel pizza pkce
pkcs pkg place placeholder placement plaid plain plan plane planet plant plastic plate platform play playbook player
playground please plenty plot plugin plus pm png pnpm pocket pod podman poem poet point pointer polar police policy polish
politic poll poly polygon polymorphic polynomial pool poor pop popover popular population popup porch port portal portfolio
portion position positive possibility possible post postal postgres postgresql pot potato potential powder power powershell
practice pre precision precondition predicate predict prediction prefer preference prefetch prefix prefs preparation prepare
prerequisite prescription present presentation preserve preset press pretty prev prevent preview previous price pride
primary prime prince princess principal print printer prior priority prison private privilege prize probability probe
problem proc procedure proceed process processor prod produce producer product production productivity profession profile
profiler profit program programmer progress project projection projector prometheus promise promo promote prompt promql
proof prop propagate propagation properties property proportion proposal propose protect protected protection protein proto
protobuf protocol prototype proud provide provided provider provision provisioner proxy prv psql ptr pub public publication
publish publisher pubsub pull pulse pulumi pump pumpkin punch punctuation puppet purchase pure purge purple purpose push put
puzzle pwd py pydantic pypi pyramid pytest python qazwsx qty qualifier qualify quality quantile quantity quarter queen query
queryable question queue quick quiet quit quite quota quote quux qux qwerty rabbit rabbitmq race rack radar radio rail rails
rain rainbow raise rally ramp ranch random range ranger rank rapid rare rate rating ratio raven raw ray rb rbac rc rds reach
reachable react reaction read reader readme readonly ready real realm realtime reason reasonable rebuild recaptcha receipt
receivable receive received receiver recent recipe recipient recognition recommend reconcile reconciler reconnect record
recorder recover recovery rectangle recurring recycle red redact redacted redirect redis redistribute redshift reduce
reducer redundant redux ref refactor refer reference reflect reflection refresh refund refuse reg regex regexp region
register registered registrant registrar registration registry regression regular regulation reinstall reject rel related
relation relative relay release reliability reliable religion reload remain remainder remark remediation remember remind
remote remove removed rename render renderer rendering renew rent repair repeat repetition replace replica replicas
replicate replication reply repo report repository represent representation representative reproduce req request requests
require required requirement res research reservation reserve reset resident resilience resize resolution resolve resolver
resource resources respectively respond response responsibility responsible rest restart restaurant restful restore restrict
restriction result results resume retail retain retention retire retrieval retrieve retry return reveal revenue reverse
review revision revoke revoked reward rfc rhythm ribbon rice rich ride right ring rise risk river road roam robert robin
robot robust rocket rockyou role roles roll rollback rollout roof room root rotate rotation rough round route router routes
routing row royal rpc rpm rsa rspec rsync ruby rugby rule rules run runner running runtime rural rust saas sad saddle safari
safe safety said sail saint salad sale sales salesforce salmon salt same saml sample sand sandbox sandy sanitize santa
satellite satisfaction saturday sauce save saved say sbt scala scale scan scanner scatter scenario scene schedule scheduled
scheduler schema scheme school science scissors scope scopes score scout scrape screen screenshot script scroll scrollbar
sdk sea seal search season seat second secondary secret secretary secretkey secrets section sector secure secured security
see seed seek segment select selected selection selector self sell semantic send sender sendgrid senior sense sensor
sentence sentinel sentry separate separator september seq sequence serial serialization serialize serializer series serious
serve server serverless servers service services servlet session sessions set setter setting settings settle setup seven
several severity sh sha shade shadow shake shall shape shard share shared sharp she sheep sheet shelf shell shelter shield
shift shine ship shipment shipping shirt shop shopify shore short shortcut shot should shoulder show shower shrimp shuffle
shut shutdown shy sibling sick sid side sidebar sidekiq siege sierra sight sign signal signature signed signer significant
signing signup sigterm silence silent silver similar simple simulation simulator sinatra since sing singer single singleton
sister site sitemap situation six size skaffold skeleton sketch skill skin skip skirt sky slack slave sleep slice slide
slider slim slot slow slug small smart smile smith smoke smooth smpp sms smtp snake snap snapshot snippet snmp snow
snowflake sns so soap soccer social socket soft software soil solar soldier solid solr solution solve some somebody someone
something sometimes son sonar sonarqube sonatype song sonic soon sops sort sorted sorter sound source sources south space
spam spare spark spatial speak speaker spec special species specific specification specify speech speed spell spend sphere
spice spider spike spin spine spiral spirit splash split splunk sponsor spoon sport spot spotify spread spreadsheet spring
sprint sql sqlalchemy sqlite sqs square squirrel src ssh ssl ssm ssn sso stable stack stackoverflow stadium staff stage
staging stair stamp stand standalone standard star start started starter startup starwars state statement static station
statistic statistics stats status stay std stderr stdin stdout steady steam steel stem step stereo stick sticky still stock
stomach stone stop storage store storm story storybook str straight strange strapi strategic strategy stream street strength
stress strict strike string stringify strings strip stripe strong struct structural structure stub student studio study
stuff style stylesheet sub subdomain subject submit subnet subprocess subscribe subscriber subscription subsequent subset
substantial substitute subsystem success such sudden sudo sufficient sugar suggest suggestion suit suite sum summary summer
summit sumo sun sunday sunny sunset sunshine supabase super superclass superman supervisor supplement supply support
supported suppose suppress sure surface surge surprise surrogate surround surveillance survey suspend sustainable svc svelte
svg swagger swap swarm sweet swift swim swing switch sword symbol symfony symmetric sync synchronize synchronous syntax
synthetic sys sysadmin syslog system systemd systems tab table tables tablet tag tags tail take talent talk tall tank tap
tar target task tasks taste tax taxi taxonomy taylor tcp tea teach teacher team tear tech technical technology telegram
telemetry telephone tell telnet temp temperature template temporary ten tenancy tenant tend tennis tensor tent term terminal
terminate termination terminology terraform territory test testament tester testing tests text texture tfstate than thank
that the theater their them theme then theory there these they thick thin thing things think third this thomas those though
thread threat three threshold throttle through throughput throw thumb thumbnail thunder thursday ticket tide tiger tigger
tight tile tilt timber time timeline timeout timer times timestamp timezone tiny tip tired tissue title tls tmp to toast
today todo toggle token tokenize tokenizer tokens tolerance tomato tomcat toml tomorrow tone tongue tonight too tool toolbar
tools tooltip toor top topic topology torch total totp touch tough tour tower town toy trace traceback tracer track tracker
tracking trade traefik traffic train trainer transaction transfer transform transformer transit transition translate
translation translator transmission transparent transport trap trash travel traverse travis tray treasure treat treatment
tree trend trial tribe trick trigger trim trip trouble troubleshoot truck true truncate trunk trust trusted trustno truth
try ts ttl tty tube tuesday tuition tumble tuna tune tunnel tuple turbo turkey turn turtle tutorial tuya tv twelve twenty
twice twilio twin twist twitter two txt type typed types typescript typical typography ubuntu udp ugly ui uid uk ultimate
umbrella unable unauth unauthorized unbind uncle uncompressed undefined under underlying understand unfair unicode unicorn
uniform uninstall union unique unit unittest unity universal universe university unix unknown unless unlock unsafe unset
unsigned unsubscribe unsupported until unused up update updated updater upgrade upload uploader upon upper upset upstream
urban uri url us usage usb use used useful user username users usr usual utf util utility utilization utils uuid vacant
vacation vacuum vagrant vague valid validate validation validator validity valley valuable value values van vanilla var
varchar variable variance variant variation various vault vcenter vector vehicle velocity vendor venture venue verb verbose
verified verifier verify version versions vertex vertical vertx very vessel via vibrant victim victory video view viewer viewport
village vintage violation violin viper virtual virtualization visa visibility visible vision visit visitor visual
visualization vital vite vivid vlan vm vmware vnc vocabulary voice void volcano volt volume volumes vote voucher voyage vpn
vue vulnerability vulnerable wait waiter wake walk wall wallet walnut wander want war warm warn warning warrior was wash
wasm waste watch watcher water watermark wave way we weak wealth weapon wear weather weaver web webapp webauthn webdriver
webhook webpack website websocket webview wedding wednesday week weekend weekly weight weird weixin welcome well went were
west wget whale what whatever wheat wheel when where whether which while whisper white whitelist whitespace who whole why
wide widget widgets width wife wifi wild wildcard wildfly will william win wind window windows wine wing winner winrm winter
wire wireless wisdom wise wish with within without witness wizard wolf woman wonder woocommerce wood wool word wordpress
words work workbench worker workflow workspace workstation world worm worry worth would wrap wrapper wrestle wrist write
writer written wrong wsdl www xhr xls xml xsrf xxx ya yahoo yaml yandex yankees yard yarn year years yellow yes yesterday
yield yml you young your yours yourself youth youtube zabbix zebra zendesk zero zip zone zookeeper zoom zsh zxcvbn
"""


@cache
def words() -> frozenset[bytes]:
    """The words: lower case, two letters or more."""
    return frozenset(_TEXT.split())
