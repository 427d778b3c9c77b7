// All that is known of one finding, made when it is opened.

function detail(found) {
  return el("div", { className: "detail" }, todo(found), el("div", {}, aboutIt(found)), source(found), pair(found), answer(found), life(found), twinsOf(found));
}

function source(found) {
  if (!found.excerpt) return null;
  const [start, length] = found.mark;
  const line = found.position ? el("span", { className: "line" }, found.position.split(":")[0]) : null;
  const parts =
    start < 0
      ? [found.excerpt]
      : [found.excerpt.slice(0, start), el("mark", {}, found.excerpt.slice(start, start + length)), found.excerpt.slice(start + length)];
  const code = el("pre", { className: "source", tabIndex: 0, "aria-label": "Source line" }, line, parts);
  const decoded = found.origin.decoded.length ? el("p", {}, `Decoded: ${found.origin.decoded.join(" → ")}`) : null;
  return el("div", { className: "full" }, el("h4", {}, "Where it stands"), code, decoded);
}

function todo(found) {
  const verdict = found.verification?.state;
  const first = {
    live: "It works right now. Revoke it before anything else.",
    dead: "Its provider does not take it any more. Was it used before that?",
    expired: "It is over. Was it used before that?",
    canary: "It is a trap: whoever uses it sets off an alarm. Ask who laid it before you touch it.",
  }[verdict];
  const advice = data.steps[found.steps].map((step) => linked(step.replace("FINGERPRINT", found.fingerprint)));
  const steps = found.fix ? found.fix.steps.map((number) => fixStep(data.fixes[number])) : advice.map((step) => el("li", {}, step));
  if (first) steps.unshift(el("li", {}, el("b", {}, first)));
  const innocent = found.fix ? advice.filter((step) => typeof step === "string" && step.startsWith("Not a secret?")) : [];
  const rule = data.rules[found.rule];
  const docs = /^https:\/\//.test(rule.docs) ? el("p", {}, link(rule.docs, "Documentation of the provider")) : null;
  return el("div", {}, el("h4", {}, "What to do"), el("p", {}, rule.description), docs, el("ol", { className: "todo" }, steps), more(found.fix), innocent.map((step) => el("p", {}, step)));
}

/** A step of the fix: what, why, and the commands for it. */
function fixStep(step) {
  const commands = step.commands.length ? el("pre", { className: "source", tabIndex: 0, "aria-label": "Commands" }, step.commands.join("\n")) : null;
  return el("li", {}, el("b", {}, step.title), step.why ? ` ${step.why}` : null, commands);
}

/** The policy to attach meanwhile, and the command that tells all. */
function more(fix) {
  if (!fix) return null;
  const parts = [];
  if (fix.policy) {
    const text = JSON.stringify(fix.policy, null, 2);
    parts.push(el("details", {}, el("summary", {}, "The restriction as a policy"), el("pre", { className: "source", tabIndex: 0, "aria-label": "Policy" }, text)));
  }
  if (fix.more) parts.push(el("p", {}, "All steps at any time: ", el("code", {}, fix.more)));
  return parts;
}

/** A step in which an address of ours is a link. Nothing that a repository holds becomes one. */
function linked(step) {
  const [before, after] = step.split(data.link);
  return after === undefined ? step : [before, link(data.link, "how GitHub describes it"), after];
}

function link(url, text) {
  return el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, text);
}

function facts(pairs) {
  const rows = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return el("dl", { className: "facts" }, rows.map(([term, value]) => [el("dt", {}, term), el("dd", {}, value)]).flat());
}

function aboutIt(found) {
  const { origin, triage } = found;
  const copy = el("button", { type: "button", className: "quiet copy", onclick: (event) => copied(event.target, found.fingerprint) }, "Copy");
  return [
    el("h4", {}, "About it"),
    facts([
      ["secret", el("code", {}, found.secret)],
      ["provider", found.provider],
      ["confidence", [found.confidence, ...found.reasons].join(" · ")],
      ["entropy", `${found.entropy} bits a character`],
      ["status", [triage.status, triage.by, triage.reason].filter(Boolean).join(": ")],
      ["author", [origin.author, origin.email && `<${origin.email}>`].filter(Boolean).join(" ")],
      ["date", (origin.date || "").replace("T", " ")],
      ["commit", origin.commit && el("code", {}, origin.commit)],
      ["subject", origin.subject],
      ["blob", origin.blob && el("code", {}, short(origin.blob))],
      ["fingerprint", el("span", {}, el("code", {}, found.fingerprint), copy)],
    ]),
  ];
}

function copied(button, text) {
  const done = () => {
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 1500);
  };
  if (navigator.clipboard) navigator.clipboard.writeText(text).then(done, () => (button.textContent = "Not allowed"));
  else button.textContent = "Not allowed";
}

function pair(found) {
  if (!found.pair) return null;
  const half = (rule, value, place) => el("div", {}, el("small", {}, rule), el("code", {}, value), el("small", {}, place));
  const parts = [found.pair, ...found.pair.also];
  return el(
    "div",
    { className: "full" },
    el("h4", {}, "The whole credential"),
    el(
      "div",
      { className: "halves" },
      half(found.rule, found.secret, `${found.place}${found.position ? `:${found.position.split(":")[0]}` : ""}`),
      parts.map((part) => half(part.rule, part.value, `${part.file}:${part.line}`)),
    ),
  );
}

function answer(found) {
  const known = Object.entries(found.facts);
  const { verification } = found;
  if (!known.length && !verification) return null;
  const blocks = [];
  if (known.length) blocks.push(el("div", {}, el("h4", {}, "What the value itself tells"), el("div", { className: "box" }, facts(known))));
  if (verification) {
    const tone = BADGES[verification.state] || "plain";
    const open = { unrestricted: "critical", partial: "high", restricted: "good" }[verification.containment] || "plain";
    blocks.push(
      el(
        "div",
        {},
        el("h4", {}, "What the provider says"),
        el(
          "div",
          { className: "box" },
          el("p", {}, el("span", { className: `badge ${tone}` }, verification.state), ` ${verification.reason}`),
          verification.containment
            ? el("p", {}, "For an outsider: ", el("span", { className: `badge ${open}` }, verification.containment))
            : null,
          facts(Object.entries(verification.evidence)),
        ),
      ),
    );
  }
  return blocks.length === 1 ? el("div", { className: "full" }, blocks) : blocks;
}

function life(found) {
  const { history } = found;
  if (!history) return null;
  const gone = history.in_head === false;
  const index = (ref) => ref === "index" || (ref.endsWith("/index") && !ref.startsWith("refs/"));
  const staged = history.refs.length > 0 && history.refs.every(index);
  const head = staged ? "staged, not committed" : { true: "still in HEAD", false: "not in HEAD any more", null: "HEAD names no commit here" }[history.in_head];
  const pushed = { true: "pushed", false: "not on any remote-tracking branch", null: "" }[history.pushed];
  const refs = history.refs.map(name);
  return el(
    "div",
    { className: "full" },
    el("h4", {}, "Its life"),
    el(
      "p",
      { className: `life${gone ? " gone" : ""}` },
      el("span", {}, `came in ${day(found.origin.date)} ${short(history.first_commit)}`.trim()),
      el("i", { "aria-hidden": "true" }),
      el("span", {}, gone ? `last held ${day(history.last_date)} ${short(history.last_commit)}`.trim() : head),
    ),
    facts([
      ["now", [head, pushed].filter(Boolean).join(" · ")],
      ["reachable from", staged ? "" : refs.length ? refs.slice(0, 12).join(", ") + (refs.length > 12 ? ` and ${refs.length - 12} more` : "") : "no ref"],
    ]),
  );
}

function twinsOf(found) {
  const others = twins.get(found.same).filter((other) => other !== found);
  if (!others.length) return null;
  const jump = (other) =>
    el("button", { type: "button", className: "jump", onclick: () => reveal(other) }, `${other.place}${other.position ? `:${other.position}` : ""} ${short(other.commit)}`);
  return el(
    "div",
    { className: "full" },
    el("h4", {}, `The same secret in ${count(others.length, "other place")}`),
    el("ul", { className: "also" }, others.slice(0, 200).map((other) => el("li", {}, jump(other)))),
    others.length > 200 ? el("p", {}, `and ${others.length - 200} more`) : null,
  );
}
