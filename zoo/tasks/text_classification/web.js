/* A classifier of texts on a page: the answer as one types, and what each word does to it. */
import {bars, best, ranked} from "./classes.js";
import {breath, made, percent} from "./parts.js";
import {Words, wordLine} from "./text.js";

// Words are left out one by one, or of long texts some at a time, so that it takes so many readings
// at most; readings of so many tokens are computed at once. It begins when one pauses for so long.
const READINGS = 256, AT_ONCE = 3000, PAUSE = 250;

export function start(page) {
  const {settings, labels} = page;
  const words = new Words(page.tokenizers.tokenizer, settings.words), {unit} = settings.words;

  async function score(rows) {
    const time = Math.max(...rows.map(ids => ids.length));
    const padded = new Int32Array(rows.length * time);
    rows.forEach((ids, row) => padded.set(ids, row * time));
    const found = await page.ask("model", {
      token_ids: ["int32", padded, [rows.length, time]],
      lengths: ["int32", Int32Array.from(rows, ids => ids.length), [rows.length]],
    });
    const {data} = found.probabilities, classes = labels.length;
    return rows.map((_, row) => data.slice(row * classes, (row + 1) * classes));
  }

  async function answer(text, alive) {
    const began = performance.now(), read = words.read(text);
    const [probabilities] = await score([read.ids]);
    if (!alive()) return;
    const classes = ranked(labels, probabilities);
    page.shows(bars(classes), best(classes), {ids: read.ids, probabilities: [...probabilities]});
    page.warns(words.doubts(read));
    page.times(`${read.ids.length} tokens in ${(performance.now() - began).toFixed(1)} ms`);
    if (read.words.length) await explain(read, classes[0], alive);
    else page.explains("", "");
    document.getElementById("more").hidden = !read.words.length;
  }

  /* How sure the model is of a class, as the logarithm of its odds. */
  const odds = (probabilities, index) => {
    const rest = probabilities.reduce((sum, one, at) => sum + (at === index ? 0 : one), 0);
    return Math.log(Math.max(probabilities[index], 1e-30)) - Math.log(Math.max(rest, 1e-30));
  };

  async function explain(read, {label, index, score: sure}, alive) {
    const {ids} = read, size = Math.ceil(read.words.length / READINGS);
    const note = made("p", " ", "quiet"), notes = [];
    const {line, nodes} = wordLine(read.words, `The ${unit}s as the model reads them`,
      at => { note.textContent = notes[at] ?? " "; });
    nodes.forEach((node, at) => {
      if (read.ids[at + 1] === settings.words.unknown) node.className = "unknown";
      if (at === read.gap) line.append(made("span", `... ${read.left} ${unit}s that are not read ...`, "gap"));
      line.append(node);
    });
    if (read.gap === nodes.length) line.append(made("span", `... ${read.left} ${unit}s that are not read`, "gap"));
    const legend = made("p", undefined, "quiet legend");
    for (const [kind, what] of [["for", `speaks for ${label}`], ["against", "speaks against it"]]) {
      const item = made("span");
      item.append(made("i", undefined, kind), what);
      legend.append(item);
    }
    if (nodes.some(node => node.className)) legend.append(made("span", `dotted: a ${unit} that the model does not know`));
    page.explains(
      `What ${size > 1 ? `each ${size} ${unit}s do` : `each ${unit} does`} to “${label}”`,
      `The text is read again without ${size > 1 ? `${size} ${unit}s at a time` : `each ${unit} in turn`}: the colour is how much `
      + `surer or less sure the model is for having read ${size > 1 ? "them" : "it"}. ${unit === "word" ? "Words that say" : "Characters that say"} the same hide each other.`,
      line, legend, note);

    await new Promise(done => setTimeout(done, PAUSE));
    const whole = [index, odds(await probabilitiesOf(ids), index)], shares = [];
    for (let at = 0; at < read.words.length && alive();) {
      const rows = [];
      for (let tokens = 0; at + rows.length * size < read.words.length && (!rows.length || tokens < AT_ONCE);) {
        const first = at + rows.length * size + 1;
        rows.push([...ids.slice(0, first), ...ids.slice(first + size)]);
        tokens += ids.length;
      }
      const found = await score(rows);
      found.forEach((probabilities, row) => {
        const share = whole[1] - odds(probabilities, index), first = at + row * size;
        shares.push(share);
        for (let word = first; word < Math.min(first + size, nodes.length); word++) {
          notes[word] = `Without “${read.words.slice(first, first + size).join(unit === "word" ? " " : "")}”: ${label} `
            + `${percent(probabilities[index])} instead of ${percent(sure)}`;
          nodes[word].dataset.share = share;
        }
      });
      at += rows.length * size;
      const most = Math.max(0.5, ...shares.map(Math.abs));
      for (const node of nodes) {
        if (node.dataset.share === undefined) continue;
        const share = Number(node.dataset.share);
        node.style.setProperty("--tint", share < 0 ? "var(--against)" : "var(--for)");
        node.style.setProperty("--part", `${Math.round(85 * Math.abs(share) / most)}%`);
      }
      await breath();
    }
    if (!alive()) return;
    const order = nodes.map((node, at) => at)
      .sort((one, other) => Math.abs(nodes[other].dataset.share) - Math.abs(nodes[one].dataset.share));
    const strong = order.filter((at, place) => at % size === 0 && place < 8 * size).slice(0, 5);
    const list = made("ol");
    strong.forEach(at => list.append(made("li", notes[at])));
    const details = made("details");
    details.append(made("summary", "What counts most, as a list"), list);
    line.parentNode.append(details);
  }
  const probabilitiesOf = async ids => (await score([ids]))[0];

  page.asks({
    noun: "Text",
    hint: `Up to ${settings.words.head + settings.words.tail - 1} ${unit === "word" ? "words and marks" : "characters"} are read; of longer texts the beginning and the end.`,
    examples: settings.examples.map(text => ({name: text, text})),
    answer,
    spellcheck: unit === "word",
  });
}
