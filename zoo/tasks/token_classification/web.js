/* A tagger on a page: names in colour as one types, and what each word around a name does to it. */
import {breath, made, percent} from "./parts.js";

// What words are looked up as, as zoo.text.word_features has it.
const PAD = 0, UNKNOWN = 1, END = 2, LETTERS = 24, AFFIXES = [2, 3, 4, -2, -3, -4];
// Readings that are computed at once, and words beside a name that are asked about.
const ROWS = 16, NEIGHBOURS = 12;

const W = "[\\p{L}\\p{N}_\\p{M}\\u00ad\\u200c\\u200d]", L = "\\p{L}";
const CLITICS = "(?:[sS]|[rR][eE]|[mM]|[vV][eE]|[lL][lL]|[dD])";
const SHOWN = "(?![\\u200b\\u200e\\u200f\\u202a-\\u202e\\u2060-\\u2069\\ufeff])[^\\p{L}\\p{N}_\\s\\x00-\\x1f\\x7f-\\x9f]";
const MORE = `(?:[\\p{M}\\u00ad\\u200c\\u200d\\u{1f3fb}-\\u{1f3ff}\\u{e0020}-\\u{e007f}]|(?<=\\u200d)${SHOWN})*`;
const ENDS = /^[.!?\u2026\u3002\uff01\uff1f\u061f\u0964]+$/u, WIDE = /[\u3002\uff01\uff1f]$/u;
const CLOSING = new Set(["'", '"', "''", ")", "]", "}", "\u201d", "\u2019", "\u00bb", "\u300d"]);

// What shows nothing: first all but joiners, then those that join no two emoji; and what of it belongs to a sign.
const HIDDEN = "\\p{Default_Ignorable_Code_Point}|[\\ufff0-\\ufffb]";
const UNSHOWN = new RegExp(HIDDEN, "gu");
const EMOJI = "[^\\p{L}\\p{N}_\\s\\x00-\\x1f\\x7f-\\x9f\\p{M}\\u00ad\\u200c\\u200d]";
const UNSEEN = [`(?!\\u200d)(?:${HIDDEN})`, `(?<!${EMOJI})\\u200d|\\u200d(?!${EMOJI})`].map(one => new RegExp(one, "gu"));
const CLINGING = /^[\p{M}\u00ad\u200c\u200d\u{e0020}-\u{e007f}]*/u;

/** Return what shows of a text, and where each unit of it stands there. */
function visible(text) {
  let places = Array.from({length: text.length}, (_, at) => at);
  for (const pattern of UNSEEN) {
    const kept = [];
    let from = 0;
    const keep = until => { for (; from < until; from++) kept.push(places[from]); };
    for (const match of text.matchAll(pattern)) {
      keep(match.index);
      from += match[0].length;
    }
    keep(text.length);
    text = text.replace(pattern, "");
    places = kept;
  }
  return [text, places];
}

/** Cuts texts into words and sentences, by the same rules as the zoo. */
export class Cutter {
  constructor({titles, endings, starters, wrapped}) {
    const w = "[\\p{L}\\p{N}_]", before = `(?<!${w})`;
    this.starts = new RegExp(`^(?:${starters})$`, "u");
    this.wrapped = wrapped;
    this.pattern = new RegExp([
      `(?:https?:\\/\\/|www\\.)[^\\s<>"]*(?:${w}|\\/)`,
      `(?<![\\p{L}\\p{N}_.+\\-])[\\p{L}\\p{N}_.+\\-]{1,64}@${w}[\\p{L}\\p{N}_\\-]*(?:\\.${w}[\\p{L}\\p{N}_\\-]*)*`,
      `[@#]${w}+`,
      "[A-Z]{1,3}\\$",
      `(?<dotted>${before}(?:${L}\\.){2,}(?!${w}|-${w})|${before}[A-Z]\\.(?=\\s+${L}|-?[A-Z][a-z])`
        + `|${before}(?:${titles})\\.(?=\\s+\\S)|${before}(?:${endings})\\.(?=[,;:)]|\\s+\\S))`,
      `${before}(?:${L}\\.){2,}(?:-${w}+)+`,
      `(?<=(?:^|\\n)[ \\t]*)\\d{1,3}\\.(?=[ \\t]+\\S)`,
      `(?:\\+(?=\\p{Nd})|\\.(?=\\p{Nd}))?${w}${W}*(?:(?:[\\-&\\u2010\\u2011\\u00b7]|\\.(?!(?<=[a-z].)[A-Z])`
        + `|['\\u2019](?!${CLITICS}(?!${W}))|(?<=\\p{Nd})[,:\\/](?=\\p{Nd}))${W}+)*`,
      `['\\u2019]${CLITICS}(?!${W})`,
      "(?<run>[\\-=*~.\\u2014])\\k<run>+",
      "``|''",
      "[\\u{1f1e6}-\\u{1f1ff}]{2}",
      SHOWN + MORE,
    ].join("|"), "gu");
  }
  /** Return where words stand, and whether each ends with the period of an abbreviation. */
  words(text) {
    const found = [];
    for (const match of text.matchAll(this.pattern)) {
      let start = match.index;
      const end = start + match[0].length;
      if (match[0].length > 3 && /[nN]['\u2019][tT]$/u.test(match[0]) && /^\p{L}+$/u.test(match[0].slice(0, -3))) {
        found.push([start, end - 3, false]);
        start = end - 3;
      }
      found.push([start, end, match.groups.dotted !== undefined]);
    }
    return found;
  }
  /** Return where the words of every sentence stand. */
  sentences(text) {
    const [plain, places] = visible(text);
    return this.cut(plain).map(sentence => sentence.map(([start, end]) => {
      const last = places[end - 1] + 1, rest = text.slice(last, places[end] ?? text.length);
      return [places[start], last + CLINGING.exec(rest)[0].length];
    }));
  }
  cut(text) {
    const words = this.words(text), sentences = [];
    let current = [], ended = false;
    words.forEach(([start, end, dotted], number) => {
      current.push([start, end]);
      const word = text.slice(start, end), next = words[number + 1];
      ended = ENDS.test(word) || (ended && CLOSING.has(word));
      let over = !next;
      if (next) {
        const gap = text.slice(end, next[0]), after = text.slice(next[0], next[1]);
        over = !(ended && CLOSING.has(after) && !gap) && this.over(text, start, gap, word, after, ended, dotted);
      }
      if (!over) return;
      if (dotted && (end - start > 2 || !next)) current.splice(-1, 1, [start, end - 1], [end - 1, end]);
      sentences.push(current);
      current = [];
      ended = false;
    });
    return sentences;
  }
  over(text, start, gap, word, after, ended, dotted) {
    const count = sign => gap.split(sign).length - 1;
    const lines = count("\n") || count("\r") + count("\u2029");
    if (lines > 1 || gap.includes("\u2029")) return true;
    const small = /^\p{Ll}/u.test(after);
    if (lines && !small) {
      const line = start === 0 ? -1 : Math.max(text.lastIndexOf("\n", start - 1), text.lastIndexOf("\r", start - 1));
      if (ended || start + word.length - 1 - line < this.wrapped) return true;
    }
    if (ended && !small) return gap.length > 0 || WIDE.test(word);
    return dotted && gap.length > 0 && this.starts.test(after);
  }
}

/** Turns words into what the network reads. */
export class Features {
  constructor(words, letters, affixes) {
    Object.assign(this, {known: words, letters, affixes});
  }
  form(word) {
    const plain = /^[\x00-\x7f]*$/u.test(word) ? word
      : word.normalize("NFKC").replace(UNSHOWN, "");
    return plain.replace(/\p{Nd}/gu, "0");
  }
  shape(signs) {
    const alphas = signs.filter(sign => /[\p{L}]/u.test(sign)), upper = alphas.map(sign => /\p{Lu}/u.test(sign));
    const capitals = upper.filter(Boolean).length;
    let kind = alphas.length ? 1 : 0;
    if (capitals) {
      if (alphas.length === 1) kind = 2;
      else if (capitals === alphas.length) kind = 3;
      else kind = upper[0] ? (capitals > 1 ? 5 : 4) : 6;
    }
    const marks = new Set(signs.filter(sign => !/[\p{L}\p{N}]/u.test(sign)));
    const digits = signs.includes("0") ? (alphas.length ? 1 : 2) : 0;
    const of = marks.size === 0 ? 0 : marks.size === 1 ? ["-", ".", "'"].indexOf([...marks][0]) + 1 || 4 : 4;
    return 1 + (kind * 3 + digits) * 5 + of;
  }
  read(word) {
    const signs = Array.from(this.form(word)), lower = signs.map(sign => sign.toLowerCase()).join("");
    const small = Array.from(lower), most = LETTERS - 2, half = most / 2;
    const read = signs.length <= most ? signs : [...signs.slice(0, half), ...signs.slice(-half)];
    return {
      token: lower === "<eos>" ? UNKNOWN : this.known.get(lower) ?? UNKNOWN,
      letters: [END, ...read.map(sign => this.letters.get(sign) ?? UNKNOWN), END],
      shape: this.shape(signs),
      affixes: AFFIXES.map(size => small.length < Math.abs(size) ? PAD
        : this.affixes.get(size > 0 ? `^${small.slice(0, size).join("")}` : `$${small.slice(size).join("")}`) ?? UNKNOWN),
    };
  }
}

/** The chain of tags: the likeliest one of a sentence, and how likely a name in it is. */
export class Chain {
  constructor(transitions, start, end) {
    Object.assign(this, {transitions, start, end, count: start.length});
  }
  move(from, to) { return this.transitions[from * this.count + to]; }
  tags(emissions) {
    let best = emissions[0].map((one, tag) => one + this.start[tag]);
    const backs = [];
    for (const row of emissions.slice(1)) {
      const back = [], next = [];
      for (let to = 0; to < this.count; to++) {
        let from = 0;
        for (let other = 1; other < this.count; other++)
          if (best[other] + this.move(other, to) > best[from] + this.move(from, to)) from = other;
        back.push(from);
        next.push(best[from] + this.move(from, to) + row[to]);
      }
      backs.push(back);
      best = next;
    }
    const path = [best.reduce((top, one, tag) => one + this.end[tag] > best[top] + this.end[top] ? tag : top, 0)];
    for (const back of backs.reverse()) path.unshift(back[path[0]]);
    return path;
  }
  static sum(values) {
    const most = Math.max(...values);
    return most + Math.log(values.reduce((sum, one) => sum + Math.exp(one - most), 0));
  }
  /** Return the logarithm of the probability that the words from `first` on have just these tags. */
  share(emissions, first, tags) {
    const all = Array.from({length: this.count}, (_, tag) => tag), ahead = [], behind = [];
    emissions.forEach((row, at) => ahead.push(all.map(to => row[to]
      + (at ? Chain.sum(all.map(from => ahead[at - 1][from] + this.move(from, to))) : this.start[to]))));
    for (let at = emissions.length - 1; at >= 0; at--)
      behind[at] = at === emissions.length - 1 ? [...this.end]
        : all.map(from => Chain.sum(all.map(to => this.move(from, to) + emissions[at + 1][to] + behind[at + 1][to])));
    const last = emissions.length - 1, whole = Chain.sum(all.map(tag => ahead[last][tag] + this.end[tag]));
    let score = ahead[first][tags[0]] + behind[first + tags.length - 1][tags.at(-1)];
    for (let at = 1; at < tags.length; at++)
      score += this.move(tags[at - 1], tags[at]) + emissions[first + at][tags[at]];
    return Math.min(0, score - whole);
  }
}

/** Return the names that the tags of a sentence hold: their type, first word, and the one after the last. */
export function names(path, tags) {
  const found = [];
  let begun = -1;
  path.forEach((number, at) => {
    const letter = tags[number][0];
    if (letter === "B" || letter === "S") begun = at;
    if ((letter === "E" || letter === "S") && begun >= 0) {
      found.push([tags[number].slice(2), begun, at + 1]);
      begun = -1;
    }
  });
  return found;
}

export function start(page) {
  const {settings, labels, tokenizers} = page, cutter = new Cutter(settings.cutting);
  const numbers = name => tokenizers[name].model.tokens_to_ids;
  const features = new Features(...["tokenizer", "letter_tokenizer", "affix_tokenizer"].map(numbers));
  const hues = new Map(labels.map((label, at) => [label, Math.round(360 * at / Math.max(1, labels.length)) + 185]));

  /* What is said of the words of sentences that are read together, of several such texts. */
  async function emissions(rows) {
    const time = Math.max(...rows.map(row => row.length)), count = rows.length;
    const arrays = {token_ids: 1, letters: LETTERS, shapes: 1, affixes: AFFIXES.length, groups: 1};
    const feeds = Object.fromEntries(Object.entries(arrays).map(([name, size]) =>
      [name, ["int32", new Int32Array(count * time * size), size > 1 ? [count, time, size] : [count, time]]]));
    rows.forEach((row, number) => row.forEach((place, at) => {
      const spot = number * time + at;
      feeds.token_ids[1][spot] = place.token;
      feeds.shapes[1][spot] = place.shape;
      feeds.letters[1].set(place.letters, spot * LETTERS);
      feeds.affixes[1].set(place.affixes, spot * AFFIXES.length);
      feeds.groups[1][spot] = place.group;
    }));
    const lengths = ["int32", Int32Array.from(rows, row => row.length), [count]];
    const found = await page.ask("model", {...feeds, lengths}), tags = settings.names.length;
    const chain = new Chain(found.transitions.data, found.start.data, found.end.data);
    const said = rows.map((row, number) => row.map((_, at) =>
      Array.from(found.emissions.data.slice((number * time + at) * tags, (number * time + at + 1) * tags))));
    return {chain, said};
  }
  const none = {token: END, letters: new Array(LETTERS).fill(PAD), shape: 0, affixes: AFFIXES.map(() => PAD)};
  const empty = {...none, token: UNKNOWN, letters: [END, UNKNOWN, END], shape: 1, affixes: AFFIXES.map(() => UNKNOWN)};

  /* Sentences that are read together, as far as the network reads; longer ones in parts. */
  function pieces(sentences) {
    const found = [];
    let current = [], places = 0;
    for (const sentence of sentences)
      for (let at = 0; at < sentence.length; at += settings.most - 1) {
        const part = sentence.slice(at, at + settings.most - 1);
        if (current.length && places + part.length + 1 > settings.most) {
          found.push(current);
          current = [];
          places = 0;
        }
        current.push(part);
        places += part.length + 1;
      }
    return current.length ? [...found, current] : found;
  }
  function row(text, parts) {
    const first = new Map(), places = [];
    for (const part of parts) {
      for (const [start, end] of part) {
        const word = text.slice(start, end), key = word.replace(UNSHOWN, "").toLowerCase();
        if (!first.has(key)) first.set(key, places.length);
        places.push({...features.read(word), group: first.get(key)});
      }
      places.push({...none, group: places.length});
    }
    return places;
  }
  const letters = (text, until) => Array.from(text.slice(0, until)).length;

  async function answer(text, alive) {
    const began = performance.now(), sentences = cutter.sentences(text), found = [];
    for (const parts of pieces(sentences)) {
      const places = row(text, parts), {chain, said: [said]} = await emissions([places]);
      if (!alive()) return;
      let at = 0;
      for (const part of parts) {
        const own = said.slice(at, at + part.length), path = chain.tags(own);
        for (const [kind, first, last] of names(path, settings.names)) {
          const tags = path.slice(first, last), share = chain.share(own, first, tags);
          const [start, end] = [part[first][0], part[last - 1][1]];
          found.push({kind, share: Math.exp(share), start, end, part, first, last, tags, places, at});
        }
        at += part.length + 1;
      }
    }
    const line = made("p", undefined, "text");
    let place = 0;
    for (const one of found) {
      line.append(text.slice(place, one.start));
      const mark = made("mark", text.slice(one.start, one.end));
      mark.style.setProperty("background", `hsl(${hues.get(one.kind)} 80% 82%)`);
      mark.style.setProperty("color", "#222");
      mark.style.setProperty("border-radius", "0.3em");
      mark.style.setProperty("padding", "0.15em 0.3em");
      mark.title = percent(one.share);
      const label = made("b", ` ${one.kind}`);
      label.style.setProperty("font-size", "0.75em");
      mark.append(label);
      line.append(mark);
      place = one.end;
    }
    line.append(text.slice(place));
    const json = found.map(one => ({
      entity_group: one.kind, score: one.share, word: text.slice(one.start, one.end),
      start: letters(text, one.start), end: letters(text, one.end),
    }));
    page.shows(line, found.length ? json.map(one => `${one.word}: ${one.entity_group}`).join(", ") : "no names", json);
    page.warns(sentences.length ? [] : [settings.empty]);
    const count = sentences.reduce((sum, one) => sum + one.length, 0);
    page.times(`${count} words in ${(performance.now() - began).toFixed(1)} ms`);
    document.getElementById("more").hidden = !found.length;
    if (found.length) await explain(text, found, alive);
  }

  /* What each word around a name adds to how sure the model is of it. */
  async function explain(text, found, alive) {
    const list = made("div");
    page.explains("What made them names", "For each name the words around it: the colour is how much surer, or less sure, "
      + "the model is for knowing the word.", list);
    for (const one of found) {
      const head = made("p"), told = made("p", undefined, "words");
      head.append(made("b", text.slice(one.start, one.end)), ` ${one.kind}, ${percent(one.share)}`);
      list.append(head, told);
      const low = Math.max(0, one.first - NEIGHBOURS), high = Math.min(one.part.length, one.last + NEIGHBOURS);
      const around = Array.from({length: high - low}, (_, at) => low + at), odds = [];
      for (let from = 0; from < around.length && alive(); from += ROWS) {
        const rows = around.slice(from, from + ROWS).map(word => one.places.map((place, at) =>
          at === one.at + word ? {...empty, group: one.places.length + 1} : place));
        const {chain, said} = await emissions(rows);
        for (const row of said) {
          const share = chain.share(row.slice(one.at, one.at + one.part.length), one.first, one.tags);
          odds.push(share - Math.log(Math.max(1e-12, 1 - Math.exp(share))));
        }
        await breath();
      }
      if (!alive()) return;
      const own = Math.log(Math.max(1e-12, one.share)) - Math.log(Math.max(1e-12, 1 - one.share));
      const adds = odds.map(value => own - value), most = Math.max(0.5, ...adds.map(Math.abs));
      around.forEach((word, at) => {
        const node = made("span", text.slice(...one.part[word]));
        node.title = `${adds[at] < 0 ? "" : "+"}${adds[at].toFixed(2)}`;
        node.style.setProperty("--tint", adds[at] < 0 ? "var(--against)" : "var(--for)");
        node.style.setProperty("--part", `${Math.round(85 * Math.abs(adds[at]) / most)}%`);
        told.append(node, " ");
      });
    }
  }

  page.asks({
    noun: "Text",
    hint: `Up to ${settings.most} words are read together.`,
    examples: settings.examples.map(text => ({name: text, text})),
    answer,
    wait: 120,
  });
}
