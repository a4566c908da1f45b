/* A translator on a page: it writes token by token, and shows where it looked. */
import {search} from "./search.js";
import {breath, made, percent} from "./parts.js";
import {Subwords, written} from "./text.js";

const NUMBERS = /\p{Nd}+/gu;

export function start(page) {
  const {settings, tokenizers} = page;
  const sentences = new Subwords(tokenizers.source_tokenizer, settings.sentences);
  const target = tokenizers.tokenizer, {start: begin, end, messages} = settings.sentences;

  /* A step of the decoder, for several beams at once. */
  async function decoder(ids) {
    const time = ids.length;
    const read = await page.ask("encoder", {
      token_ids: ["int32", Int32Array.from(ids), [1, time]],
      lengths: ["int32", Int32Array.of(time), [1]],
    });
    const spread = (array, rows) => {
      const whole = new array.constructor(array.length * rows);
      for (let row = 0; row < rows; row++) whole.set(array, row * array.length);
      return whole;
    };
    const chosen = (array, rows, parents) => {
      const size = array.length / rows, taken = new array.constructor(size * parents.length);
      parents.forEach((parent, row) => taken.set(array.subarray(parent * size, (parent + 1) * size), row * size));
      return taken;
    };
    const [, , depth] = read.values.dims, [, , width] = read.keys.dims, [, units] = read.state.dims;
    let state = read.state.data, fed = new Float32Array(settings.fed), before = 1, fixed = {};
    return async (tokens, parents) => {
      const rows = tokens.length;
      if (fixed.rows !== rows)
        fixed = {
          rows,
          feeds: {
            values: ["float32", spread(read.values.data, rows), [rows, time, depth]],
            keys: ["float32", spread(read.keys.data, rows), [rows, time, width]],
            mask: ["bool", new Uint8Array(rows * time).fill(1), [rows, time]],
          },
        };
      const found = await page.ask("decoder_step", {
        token_ids: ["int32", Int32Array.from(tokens), [rows]],
        state: ["float32", chosen(state, before, parents), [rows, units]],
        fed: ["float32", chosen(fed, before, parents), [rows, settings.fed]],
        ...fixed.feeds,
      });
      state = found.next_state.data;
      fed = found.output.data;
      before = rows;
      const weights = found.weights.data;
      return {
        scores: found.log_probabilities.data,
        vocabulary: found.log_probabilities.dims[1],
        kept: row => Array.from(weights.subarray(row * time, (row + 1) * time)),
      };
    };
  }

  async function answer(text, alive) {
    const began = performance.now(), read = sentences.read(text), doubts = sentences.doubts(read);
    const beams = Number(many.value);
    const line = made("p", "", "text");
    if (read.ids.length <= 1) {
      page.shows(line, "", {ids: read.ids, tokens: [end], translation_text: ""});
      page.warns(doubts);
      page.times("");
      document.getElementById("more").hidden = true;
      return;
    }
    const step = await decoder(read.ids);
    const options = {start: begin, end, beams, most: settings.most, penalty: settings.penalty};
    let last;
    for await (const found of search(step, options)) {
      if (!alive()) return;
      last = found;
      const so = sentence(found.tokens);
      line.textContent = found.done ? so : `${so.replace(/\ufffd+$/u, "")} …`;
      if (!line.isConnected) page.shows(line, "", {});
      page.explains("Where it looked", "Each row is a piece that was written, each column one that was read: "
        + "how much of its attention lay there. That is where it looked, not why it wrote what it did.",
        looks(read.ids, found));
      await breath();
    }
    const translation = sentence(last.tokens);
    page.shows(line, translation, {ids: read.ids, tokens: last.tokens, translation_text: translation});
    const numbers = new Set(translation.match(NUMBERS) ?? []);
    if ((text.match(NUMBERS) ?? []).some(number => !numbers.has(number))) doubts.push(messages["lost number"]);
    page.warns(doubts);
    page.times(`${last.tokens.length} tokens in ${(performance.now() - began).toFixed(0)} ms, ${beams === 1 ? "the likeliest one after another" : `the best of ${beams} beams`}`);
  }
  const sentence = tokens => written(target, tokens.filter(token => token !== end)).trim();

  /* Attention as a table: what was written down the side, what was read along the top. */
  function looks(ids, {tokens, kept}) {
    const name = (tokenizer, id) => id === end ? "end" : written(tokenizer, [id]).trim() || "·";
    const table = made("table", undefined, "looks"), head = made("thead"), body = made("tbody"), top = made("tr");
    table.append(made("caption", "Attention of each piece written to each piece read", "unseen"));
    top.append(made("td"));
    for (const id of ids) {
      const cell = made("th", name(tokenizers.source_tokenizer, id));
      cell.scope = "col";
      top.append(cell);
    }
    head.append(top);
    tokens.forEach((id, row) => {
      const line = made("tr"), side = made("th", name(target, id));
      side.scope = "row";
      line.append(side);
      kept[row].forEach((weight, at) => {
        const cell = made("td", weight >= 0.15 ? String(Math.round(100 * weight)) : "");
        cell.style.setProperty("--part", `${Math.round(100 * weight)}%`);
        cell.title = `${side.textContent}: ${percent(weight)} at ${name(tokenizers.source_tokenizer, ids[at])}`;
        line.append(cell);
      });
      body.append(line);
    });
    table.append(head, body);
    const around = made("div", undefined, "scroll");
    around.tabIndex = 0;
    around.setAttribute("role", "region");
    around.setAttribute("aria-label", "Table of attention");
    around.append(table);
    return around;
  }

  const many = made("input"), label = made("label", "Beams");
  Object.assign(many, {type: "number", min: 1, max: 10, value: settings.beams, id: "beams"});
  label.htmlFor = "beams";
  many.addEventListener("change", () => {
    many.value = Math.min(10, Math.max(1, Math.round(Number(many.value)) || 1));
    page.again();
  });
  page.controls(label, many, made("span", "1 takes the likeliest token each time", "quiet"));
  page.asks({
    noun: "Sentence",
    hint: `Up to ${settings.sentences.length} pieces of words are read of a sentence.`,
    examples: settings.examples.map(text => ({name: text, text})),
    answer,
    wait: 150,
  });
}
