/* A language model on a page: the text goes on token by token, and what surprised it in the text. */
import {breath, button, made, percent} from "./parts.js";
import {Running, wordLine} from "./text.js";

// Tokens that are read at once, and of which surprises are shown; tokens that are named in place of
// one; and for how long nothing is drawn while it writes, in milliseconds.
const PIECE = 128, SHOWN = 600, EXPECTED = 5, BREATH = 40;
// Padding and what is unknown are never written, nor what no token stands for.
const FIRST = 2;

export function start(page) {
  const {settings} = page, running = new Running(page.tokenizers.tokenizer, settings.running);
  const {unit, unknown, end} = settings.running, noun = unit.slice(0, -1);
  let stopped = false;

  /* Read tokens from a state on; `each` is given the log-probabilities of what follows each. */
  async function read(ids, state, alive, each) {
    for (let first = 0; first < ids.length && alive(); first += PIECE) {
      const piece = ids.slice(first, first + PIECE);
      const found = await page.ask("model", {
        token_ids: ["int32", Int32Array.from(piece), [1, piece.length]],
        state: ["float32", state, [1, settings.size]],
      });
      const {data, dims} = found.log_probabilities, size = dims[2];
      piece.forEach((_, at) => each(data.subarray(at * size, (at + 1) * size), first + at));
      state = found.next_state.data;
    }
    return state;
  }

  async function answer(text, alive) {
    const began = performance.now(), given = running.read(text), draw = numbers(at("seed"));
    const line = made("p", undefined, "text long"), more = made("span"), surprises = [];
    line.append(made("span", text, "given"), more);
    stopped = false;
    stop.disabled = false;
    const tokens = [];
    let scores, nats = 0, state = new Float32Array(settings.size);
    try {
      state = await read([end, ...given.ids], state, alive, (found, place) => {
        const id = given.ids[place];
        if (id === undefined) { scores = found.slice(); return; }
        if (place || unit === "words") nats -= found[id]; // nothing stands before the first character
        if (place < SHOWN) surprises.push({own: found[id], most: Math.log(found.length), best: largest(found, EXPECTED, unknown, running.tokens.length)});
      });
      if (!alive()) return;
      page.warns(doubts(given));
      explain(given, surprises, nats);
      const count = at("count"), options = {temperature: at("temperature"), top: at("top_k"), first: FIRST, last: running.tokens.length};
      let drawn = began;
      while (tokens.length < count && !stopped) {
        const id = choose(scores, draw(), options);
        tokens.push(id);
        state = await read([id], state, alive, found => { scores = found.slice(); });
        if (!alive()) return;
        if (performance.now() - drawn < BREATH) continue;
        more.textContent = `${running.after(text, tokens)} …`;
        if (!line.isConnected) page.shows(line, "", {});
        await breath();
        drawn = performance.now();
      }
    } finally {
      if (alive()) stop.disabled = true;
    }
    if (!alive()) return;
    const written = tokens.length ? running.after(text, tokens) : "", seconds = (performance.now() - began) / 1000;
    more.textContent = written;
    page.shows(line, written, {ids: given.ids, nats, tokens, generated_text: text + written});
    page.times(`${given.ids.length} tokens read and ${tokens.length} written in ${seconds.toFixed(2)} s`);
  }

  function doubts({ids, pieces}) {
    const strange = [...new Set(pieces.filter((_, place) => ids[place] === unknown && pieces[place] !== "<unk>"))];
    if (!strange.length) return [];
    const count = pieces.filter(piece => strange.includes(piece)).length;
    return [`Not in the vocabulary, and read as any other that is not: ${strange.slice(0, EXPECTED).join(" ")}`
      + `${strange.length > EXPECTED ? " ..." : ""} (${count} of ${pieces.length} ${unit})`];
  }

  /* Every token of what was given in the colour of its surprise, and what stood to be expected. */
  function explain({ids, pieces}, surprises, nats) {
    if (!ids.length) { page.explains("", ""); document.getElementById("more").hidden = true; return; }
    const note = made("p", " ", "quiet"), shown = surprises.length;
    const {line, nodes} = wordLine(pieces.slice(0, shown).map((piece, place) => piece.trim() ? piece : running.name(ids[place])),
      `The ${unit} as the model reads them`, place => { note.textContent = told(place); });
    const told = place => {
      const {own, best} = surprises[place];
      const others = best.map(([id, score]) => `${running.name(id)} ${percent(Math.exp(score))}`).join(", ");
      return `“${nodes[place].textContent}” had ${percent(Math.exp(own))}, ${(-own / Math.LN2).toFixed(1)} bits; likeliest were ${others}`;
    };
    nodes.forEach((node, place) => {
      const {own, most} = surprises[place];
      if (ids[place] === unknown) node.className = "unknown";
      node.style.setProperty("--tint", "var(--against)");
      node.style.setProperty("--part", `${Math.round(85 * Math.min(1, -own / most))}%`);
      line.append(node);
      if (ids[place] === end) line.append(made("br"));
    });
    if (shown < ids.length) line.append(made("span", `... ${ids.length - shown} more`, "gap"));
    const count = ids.length - (unit === "words" ? 0 : 1), mean = nats / Math.max(1, count);
    const rate = unit === "words" ? `a perplexity of ${Math.exp(mean).toFixed(1)}` : `${(mean / Math.LN2).toFixed(2)} for each after the first`;
    page.explains("What surprised it in your text",
      `The stronger the colour, the less it expected the ${noun} after all before it; full, no more than if any ${noun} had been as likely. `
      + `${ids.length} ${unit}, ${(nats / Math.LN2).toFixed(1)} bits in all: ${rate}.`, line, note);
  }

  const at = name => Number(fields[name].value), fields = {};
  function field(name, text, attributes) {
    const node = made("input"), label = made("label", text);
    Object.assign(node, {type: "number", id: name, value: settings[name], ...attributes});
    label.htmlFor = name;
    node.addEventListener("change", () => {
      const {min, max, step} = node, value = Math.min(Number(max), Math.max(Number(min), Number(node.value) || 0));
      node.value = step === "1" ? Math.round(value) : value;
      page.again();
    });
    fields[name] = node;
    const pair = made("span", undefined, "pair");
    pair.append(label, node);
    page.controls(pair);
  }
  field("temperature", "Temperature", {min: 0, max: 10, step: "0.1"});
  field("top_k", "Top k", {min: 0, max: 1e6, step: "1"});
  field("count", "Tokens", {min: 0, max: 10_000, step: "1"});
  field("seed", "Seed", {min: 0, max: 2 ** 32 - 1, step: "1"});
  const stop = button("Stop", () => { stopped = true; });
  stop.disabled = true;
  page.controls(button("Another", () => { fields.seed.value = at("seed") + 1; page.again(); }, "main"), stop,
    made("span", "Temperature 0 takes the likeliest token each time; top k draws from so many likeliest ones, 0 from all.", "quiet"));
  page.asks({
    noun: "Beginning of a text",
    hint: `The model goes on with it, ${noun} by ${noun}. It knows nothing of what it has not read, and makes things up.`,
    examples: settings.examples.map(text => ({name: text.trim().replaceAll("\n", " ↵ "), text})),
    answer,
    wait: 500,
    spellcheck: true,
  });
}

/* Numbers in [0, 1) that are the same for the same seed (mulberry32). */
function numbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/* Return the token that a number in [0, 1) draws: the likeliest first, until they sum to it. */
function choose(scores, drawn, {temperature, top, first, last}) {
  if (!temperature) return largest(scores, 1, first, last)[0][0];
  const kept = largest(scores, top || last, first, last), most = kept[0][1];
  const shares = kept.map(([, score]) => Math.exp((score - most) / temperature));
  let rest = drawn * shares.reduce((sum, share) => sum + share, 0);
  for (let place = 0; place < kept.length; place++) {
    rest -= shares[place];
    if (rest < 0) return kept[place][0];
  }
  return kept.at(-1)[0];
}

/* Return the tokens from `first` to before `last` with the largest numbers, the largest first. */
function largest(scores, count, first, last) {
  const found = [];
  if (count > 200) {
    for (let id = first; id < last; id++) found.push([id, scores[id]]);
    return found.sort((one, other) => other[1] - one[1] || one[0] - other[0]).slice(0, count);
  }
  for (let id = first; id < last; id++) {
    if (found.length === count && !(scores[id] > found[count - 1][1])) continue;
    let place = found.length;
    while (place && scores[id] > found[place - 1][1]) place--;
    found.splice(place, 0, [id, scores[id]]);
    if (found.length > count) found.pop();
  }
  return found;
}
