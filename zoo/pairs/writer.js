/* An encoder-decoder on a page: it writes token by token, and shows where it looked. */
import {search} from "./search.js";
import {breath, made, percent} from "./parts.js";

/**
 * Let a page ask an encoder-decoder.
 *
 * `read` takes a text and returns its token `ids`, the end token last; `doubts` what there is to doubt
 * of what was read; `written` the text of tokens without the end; `sure` as much of it as no further
 * token changes; `name` what a token of the side "source" or "target" is called; `after` adds doubts of a
 * text and its answer; `answer` is the name of the answer in JSON; `sides` says what tokens are called.
 */
export function writes(page, {read, doubts, written, sure, name, after, answer: key, noun, hint, sides}) {
  const {settings} = page, {start: begin, end} = settings.reading;

  /* A step of the decoder, for several beams at once. */
  async function decoder(ids) {
    const time = ids.length;
    const found = await page.ask("encoder", {
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
    const [, , depth] = found.values.dims, [, , width] = found.keys.dims, [, units] = found.state.dims;
    let state = found.state.data, fed = new Float32Array(settings.fed), before = 1, fixed = {};
    return async (tokens, parents) => {
      const rows = tokens.length;
      if (fixed.rows !== rows)
        fixed = {
          rows,
          feeds: {
            values: ["float32", spread(found.values.data, rows), [rows, time, depth]],
            keys: ["float32", spread(found.keys.data, rows), [rows, time, width]],
            mask: ["bool", new Uint8Array(rows * time).fill(1), [rows, time]],
          },
        };
      const next = await page.ask("decoder_step", {
        token_ids: ["int32", Int32Array.from(tokens), [rows]],
        state: ["float32", chosen(state, before, parents), [rows, units]],
        fed: ["float32", chosen(fed, before, parents), [rows, settings.fed]],
        ...fixed.feeds,
      });
      state = next.next_state.data;
      fed = next.output.data;
      before = rows;
      const weights = next.weights.data;
      return {
        scores: next.log_probabilities.data,
        vocabulary: next.log_probabilities.dims[1],
        kept: row => Array.from(weights.subarray(row * time, (row + 1) * time)),
      };
    };
  }

  async function answer(text, alive) {
    const began = performance.now(), given = read(text), doubtful = doubts(given);
    const beams = Number(many.value), ids = given.ids;
    const line = made("p", "", "text");
    if (ids.length <= 1) {
      page.shows(line, "", {ids, tokens: [end], [key]: ""});
      page.warns(doubtful);
      page.times("");
      document.getElementById("more").hidden = true;
      return;
    }
    const step = await decoder(ids);
    const options = {start: begin, end, beams, most: settings.most, penalty: settings.penalty};
    let last;
    for await (const found of search(step, options)) {
      if (!alive()) return;
      last = found;
      const so = textOf(found.tokens);
      line.textContent = found.done ? so : `${sure(so)} …`;
      if (!line.isConnected) page.shows(line, "", {});
      page.explains("Where it looked", `Each row is ${sides.written} that was written, each column `
        + `${sides.read} that was read: how much of its attention lay there. That is where it looked, not why it wrote `
        + "what it did.", looks(ids, found));
      await breath();
    }
    const whole = textOf(last.tokens);
    page.shows(line, whole, {ids, tokens: last.tokens, [key]: whole});
    page.warns([...doubtful, ...after(text, whole)]);
    page.times(`${last.tokens.length} tokens in ${(performance.now() - began).toFixed(0)} ms, ${beams === 1 ? "the likeliest one after another" : `the best of ${beams} beams`}`);
  }
  const textOf = tokens => written(tokens.filter(token => token !== end));
  const nameOf = (side, id) => id === end ? "end" : name(side, id) || "·";

  /* Attention as a table: what was written down the side, what was read along the top. */
  function looks(ids, {tokens, kept}) {
    const table = made("table", undefined, "looks"), head = made("thead"), body = made("tbody"), top = made("tr");
    table.append(made("caption", "Attention of each piece written to each piece read", "unseen"));
    top.append(made("td"));
    for (const id of ids) {
      const cell = made("th", nameOf("source", id));
      cell.scope = "col";
      top.append(cell);
    }
    head.append(top);
    tokens.forEach((id, row) => {
      const line = made("tr"), side = made("th", nameOf("target", id));
      side.scope = "row";
      line.append(side);
      kept[row].forEach((weight, at) => {
        const cell = made("td", weight >= 0.15 ? String(Math.round(100 * weight)) : "");
        cell.style.setProperty("--part", `${Math.round(100 * weight)}%`);
        cell.title = `${side.textContent}: ${percent(weight)} at ${nameOf("source", ids[at])}`;
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
  page.asks({noun, hint, examples: settings.examples.map(text => ({name: text, text})), answer, wait: 150});
}
