// Which findings are shown, in which groups and order.

const ORDERS = {
  "worst first": (a, b) => a.urgency - b.urgency || a.rank - b.rank || a.index - b.index,
  place: (a, b) => a.index - b.index,
  "newest first": (a, b) => (b.came || 0) - (a.came || 0) || a.index - b.index,
  "oldest first": (a, b) => (a.came || Infinity) - (b.came || Infinity) || a.index - b.index,
};
const GROUPS = {
  nothing: null,
  rule: (found) => `${found.rule} · ${found.provider}`,
  provider: (found) => found.provider,
  file: (found) => found.place,
  author: (found) => found.origin.author || "no author known",
  commit: (found) => (found.commit ? `${short(found.commit)}  ${day(found.origin.date)}  ${found.origin.subject || ""}` : "no commit"),
  secret: (found) => `${found.secret}  ${found.rule}  ${found.fingerprint.slice(0, 12)}`,
};
// Filters that are chips: those of one key are alternatives, those of different keys must all hold.
const FACETS = [
  ["status", "new", (found) => found.triage.status === "new", "new"],
  ["status", "known", (found) => found.triage.status === "known", "known before"],
  ["status", "ignored", (found) => found.triage.status === "ignored", "ignored"],
  ["answer", "live", (found) => found.live, "live"],
  ["answer", "dead", (found) => found.verification && ["dead", "expired"].includes(found.verification.state), "dead or expired"],
  ["head", "in", (found) => found.inHead === true, "still in HEAD"],
  ["head", "out", (found) => found.inHead === false, "no longer in HEAD"],
  ["pushed", "yes", (found) => found.history && found.history.pushed === true, "pushed"],
  ["pair", "yes", (found) => found.pair, "with its other half"],
  ["sure", "high", (found) => found.confidence === "high", "high confidence"],
].map(([key, value, test, label]) => ({ key, value, test, label, number: findings.filter(test).length }));

const state = { query: "", severities: new Set(), chips: new Set(), group: "nothing", sort: "worst first", span: null };

/** The facets that tell findings of this report apart, and the one that hides what does not count. */
function usefulFacets() {
  return FACETS.filter((facet) => facet.value === "new" || (facet.number && facet.number < findings.length));
}

/** Whether a finding passes the words of the search and the time that was chosen. */
function matches() {
  const terms = state.query.toLowerCase().split(/\s+/).filter((term) => term && term !== "-");
  const wanted = terms.filter((term) => !term.startsWith("-"));
  const unwanted = terms.filter((term) => term.startsWith("-")).map((term) => term.slice(1));
  const { span } = state;
  return (found) =>
    wanted.every((term) => found.text.includes(term)) &&
    !unwanted.some((term) => found.text.includes(term)) &&
    (!span || [found.came, found.went].some((moment) => moment !== null && moment >= span.from && moment < span.to));
}

/** Whether a finding passes the chips, but for those of one key if it is given. */
function chipped(without = "") {
  const chosen = FACETS.filter((facet) => state.chips.has(facet) && facet.key !== without);
  const alternatives = [...grouped(chosen, (facet) => facet.key).values()];
  return (found) => alternatives.every((facets) => facets.some((facet) => facet.test(found)));
}

/** Whether a finding passes the severities. */
function severe(found) {
  return !state.severities.size || state.severities.has(found.severity);
}

/** The findings to show, in order, and how many each card and each chip would show, everything else being as it is. */
function selected() {
  const matching = findings.filter(matches());
  const passing = matching.filter(chipped());
  const cards = SEVERITIES.map((severity) => passing.filter((found) => found.severity === severity).length);
  const others = new Map();
  const chips = usefulFacets().map(({ key, test }) => {
    if (!others.has(key)) others.set(key, matching.filter(chipped(key)).filter(severe));
    return others.get(key).filter(test).length;
  });
  return { shown: passing.filter(severe).sort(ORDERS[state.sort]), cards, chips };
}

/** The groups of a selection: [title, findings], the worst and largest first. Without grouping: one, without a title. */
function groupsOf(shown) {
  const key = GROUPS[state.group];
  if (!key) return [["", shown]];
  const groups = [...grouped(shown, key)];
  const worst = new Map(groups.map(([title, members]) => [title, worstOf(members)]));
  return groups.sort(([a, one], [b, two]) => worst.get(a) - worst.get(b) || two.length - one.length || (a < b ? -1 : 1));
}

/** The rank of the worst of some findings. */
function worstOf(members) {
  return smallest(members.map((found) => found.rank));
}

/** Take all filters away but the one that hides what does not count. */
function clearFilters() {
  const chips = usefulFacets().filter((facet) => facet.value === "new");
  Object.assign(state, { query: "", severities: new Set(), chips: new Set(chips), span: null });
}
