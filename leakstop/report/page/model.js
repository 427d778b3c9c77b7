// The data of the report, and what follows from it for each finding. All texts are data: they enter the page as text nodes only.

const data = JSON.parse(document.getElementById("data").textContent);
const SEVERITIES = ["critical", "high", "medium", "low"];
const BADGES = { live: "critical", "wrong-secret": "high", dead: "good", expired: "good", canary: "trap" };

const findings = data.findings.map((found, index) => {
  const { origin, history, triage, verification } = found;
  const rule = data.rules[found.rule];
  const came = Date.parse(origin.date || "") || null;
  const inHead = history ? history.in_head : null;
  const went = inHead === false && history.last_date ? Date.parse(history.last_date) : null;
  const commit = (history && history.first_commit) || origin.commit || "";
  const words = [
    found.rule, rule.provider, found.place, found.position, found.severity, found.confidence, found.fingerprint, found.secret,
    origin.author, origin.email, origin.subject, origin.commit, origin.blob, origin.ref, origin.kind, triage.status, triage.reason,
    ...(history ? [history.first_commit, history.last_commit, ...history.refs] : []),
    ...(found.pair ? [found.pair.rule, found.pair.value, found.pair.file] : []),
    ...Object.values(found.facts), ...(verification ? [verification.state, verification.reason, ...Object.values(verification.evidence)] : []),
  ];
  return {
    ...found, index, provider: rule.provider, came, went, inHead, commit, rank: SEVERITIES.indexOf(found.severity),
    live: verification?.state === "live",
    urgency: verification?.state === "live" ? ({ unrestricted: 0, restricted: 2 }[verification.containment] ?? 1) : 3,
    text: words.filter(Boolean).join("\n").toLowerCase(),
  };
});

const twins = grouped(findings, (found) => found.same);

/** A map of key -> findings, in the order of the findings. */
function grouped(list, key) {
  const groups = new Map();
  for (const found of list) {
    const name = key(found);
    if (groups.has(name)) groups.get(name).push(found);
    else groups.set(name, [found]);
  }
  return groups;
}

/** The smallest and the largest of any number of numbers (arguments of Math.min are limited). */
const smallest = (numbers) => numbers.reduce((one, other) => Math.min(one, other), Infinity);
const largest = (numbers) => numbers.reduce((one, other) => Math.max(one, other), -Infinity);

/** An element. Names with a dash are attributes, others properties; children are nodes or texts. */
function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-")) element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

/** "1 finding", "1,204 findings". */
function count(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

/** A day of ISO 8601, as it was where it was written. */
function day(iso) {
  return (iso || "").slice(0, 10);
}

/** A commit id as people read it. */
function short(commit) {
  return (commit || "").slice(0, 10);
}

/** A ref as people call it. */
function name(ref) {
  return ref.replace(/^refs\/(heads|tags|remotes)\//, "");
}
