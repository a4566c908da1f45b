/* Texts to token ids as the zoo's own pipelines do it, and what there is to doubt of them. */
import {button, made} from "./parts.js";

/** Reads texts with a word tokenizer, and keeps the head and the tail of long ones. */
export class Words {
  constructor(tokenizer, {start, unknown, head, tail, share, messages}) {
    Object.assign(this, {tokenizer, start, unknown, head, tail, share, messages});
  }
  /** Return the token ids, the words that they stand for, and before which of them is a gap. */
  read(text) {
    const normal = this.tokenizer.normalizer(text);
    const found = normal ? this.tokenizer.pre_tokenizer(normal) : [];
    const most = this.head + this.tail - 1, cut = found.length > most;
    const words = cut
      ? [...found.slice(0, this.head - 1), ...(this.tail ? found.slice(-this.tail) : [])] : found;
    const ids = words.map(word => this.tokenizer.token_to_id(word) ?? this.unknown);
    return {ids: [this.start, ...ids], words, cut, gap: cut ? this.head - 1 : -1, left: found.length - words.length};
  }
  /** Return what there is to doubt of a text that was read. */
  doubts({ids, words, cut}) {
    const read = ids.slice(1), strange = read.filter(id => id === this.unknown).length;
    const known = read.filter((id, at) => id !== this.unknown && /[\p{L}\p{N}]/u.test(words[at])).length;
    const kinds = [];
    if (!read.length) kinds.push("empty text");
    if (strange > this.share * (strange + known)) kinds.push("unknown words");
    if (cut) kinds.push("long text");
    return kinds.map(kind => this.messages[kind]);
  }
}

/** Reads sentences with a subword tokenizer; the end token follows. */
export class Subwords {
  constructor(tokenizer, {end, length, short, split, messages}) {
    Object.assign(this, {tokenizer, end, length, split, messages});
    this.begins = [];
    this.letters = [];
    for (const [token, id] of tokenizer.model.tokens_to_ids) {
      const word = token.startsWith("Ġ") ? token.slice(1) : token;
      this.begins[id] = word.length < token.length;
      this.letters[id] = /[\p{L}\u{7f}-\u{10ffff}]/u.test(word) && word[0] !== "[" ? word.length : 0;
    }
    const lengths = this.letters.filter(count => count > 0);
    this.least = lengths.length ? short * lengths.reduce((sum, one) => sum + one, 0) / lengths.length : 0;
  }
  read(text) {
    const found = this.tokenizer.encode(text).ids, cut = found.length > this.length - 1;
    return {ids: [...found.slice(0, this.length - 1), this.end], cut};
  }
  doubts({ids, cut}) {
    const kinds = [];
    if (ids.length <= 1) kinds.push("empty sentence");
    if (cut) kinds.push("long sentence");
    if (this.strange(ids)) kinds.push("strange words");
    return kinds.map(kind => this.messages[kind]);
  }
  strange(ids) {
    const lettered = ids.filter(id => this.letters[id] > 0);
    const letters = lettered.reduce((sum, id) => sum + this.letters[id], 0);
    if (!lettered.length || letters >= this.least * lettered.length) return false;
    const parts = [];
    let word = 0;
    for (const id of ids) {
      word += this.begins[id] ? 1 : 0;
      if (this.letters[id] > 0) parts[word] = (parts[word] ?? 0) + 1;
    }
    const counts = parts.filter(count => count > 0);
    return counts.filter(count => count > 1).length >= this.split * counts.length;
  }
}

// Characters that are shown of a unit.
const SHOWN = 40;

/** Reads and writes characters, or words between white space; the end token follows what is read. */
export class Units {
  constructor(tokenizer, {end, length, unit, messages}) {
    Object.assign(this, {tokenizer, end, length, unit, messages});
    this.names = [];
    this.numbers = new Map();
    for (const [token, id] of tokenizer.model.tokens_to_ids) {
      if (id <= end) continue;
      this.names[id] = token;
      this.numbers.set(token, id);
    }
    // The apostrophe as it is printed is read as the one that is typed, where only that is known.
    if (unit === "characters" && this.numbers.has("'"))
      for (const sign of "\u2019\u2018\u02bc")
        if (!this.numbers.has(sign)) this.numbers.set(sign, this.numbers.get("'"));
  }
  /** Return the token ids, and what is unknown: left out, or read as a plain unit. */
  read(text) {
    const normal = this.tokenizer.normalizer(text), ids = [], lost = new Set(), plain = new Set();
    const units = this.unit === "characters" ? Array.from(normal) : normal.split(" ").filter(Boolean);
    for (const unit of units) {
      if (this.numbers.has(unit)) {
        ids.push(this.numbers.get(unit));
        continue;
      }
      const letters = this.letters(unit);
      (letters.length ? plain : lost).add(Array.from(unit).slice(0, SHOWN + 1).join(""));
      ids.push(...letters.map(letter => this.numbers.get(letter)));
    }
    const cut = ids.length > this.length - 1;
    return {ids: [...ids.slice(0, this.length - 1), this.end], cut, lost: [...lost], plain: [...plain]};
  }
  /** Return the known units that an unknown one is but for its marks, or none. */
  letters(unit) {
    if (this.unit !== "characters") {
      const bare = unit.replace(/(?<![0-9])[0-9]+$/, "");
      const forms = [unit.toUpperCase(), unit.toLowerCase(), bare, bare.toUpperCase(), bare.toLowerCase()];
      return forms.filter(form => this.numbers.has(form)).slice(0, 1);
    }
    const letters = Array.from(unit.normalize("NFKD")).filter(letter => !/\p{M}/u.test(letter));
    return letters.every(letter => this.numbers.has(letter)) ? letters : [];
  }
  doubts({ids, cut, lost, plain}) {
    const shown = signs => signs.length > SHOWN ? `${signs.slice(0, SHOWN - 3).join("")}...` : signs.join("");
    const named = units => units.slice(0, 5).map(unit => `"${shown(Array.from(unit))}"`).join(", ");
    const told = (kind, units) => this.messages[kind].replace("{detail}", () => named(units));
    const found = [];
    if (ids.length <= 1) found.push(this.messages["nothing known"]);
    if (lost.length) found.push(told("left out", lost));
    if (plain.length) found.push(told(this.unit === "characters" ? "plain letters" : "plain symbols", plain));
    if (cut) found.push(this.messages["long units"]);
    return found;
  }
  /** Return the text of token ids that were written. */
  text(ids) {
    const units = ids.map(id => this.names[id]).filter(unit => unit !== undefined);
    return units.join(this.unit === "characters" ? "" : " ");
  }
}

// What Python calls white space, and the vocabularies of running text with it.
const SPACES = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const WORDS = new RegExp(`\\n|[^${SPACES}]+`, "gu"), AFTER_SPACE = new RegExp(`(^|[${SPACES}])$`, "u");

/** Reads running text as language models do, words between white space or characters, and writes it. */
export class Running {
  constructor(tokenizer, {unit, lowercase, unknown, end}) {
    Object.assign(this, {unit, lowercase, unknown, end});
    this.numbers = tokenizer.model.tokens_to_ids;
    this.tokens = [];
    for (const [token, id] of this.numbers) this.tokens[id] = token;
  }
  /** Return the token ids, and the pieces of the text that they stand for. */
  read(text) {
    const pieces = this.unit === "characters" ? Array.from(text) : text.match(WORDS) ?? [];
    return {pieces, ids: pieces.map(piece => this.number(piece))};
  }
  number(piece) {
    if (piece === "\n") return this.end;
    if (this.unit === "words") {
      // Letter by letter, as the zoo does: by itself, a sigma that ends a word is another letter.
      if (this.lowercase) piece = Array.from(piece, letter => letter.toLowerCase()).join("");
      piece = piece.replaceAll("[PAD]", "<unk>");
    }
    return this.numbers.get(piece) ?? this.unknown;
  }
  /** Return what a token is called: a line's end by an arrow, a space by a bracket. */
  name(id) {
    if (id === this.end) return "\u21b5";
    return this.tokens[id] === " " ? "\u2423" : this.tokens[id];
  }
  /** Return the text of tokens that follow a text. */
  after(text, ids) {
    if (this.unit === "characters") return ids.map(id => this.tokens[id]).join("");
    const lines = [[]];
    for (const id of ids) id === this.end ? lines.push([]) : lines.at(-1).push(this.tokens[id]);
    const found = lines.map(line => line.join(" ")).join("\n");
    return AFTER_SPACE.test(text) || ids[0] === this.end ? found : ` ${found}`;
  }
}

/** Return words as buttons in a line, which arrow keys go through; `tell` is called with the place of
    the one that is looked at. */
export function wordLine(words, meaning, tell) {
  const line = made("div", undefined, "words"), nodes = words.map((word, at) => {
    const node = button(word, () => tell(at));
    node.tabIndex = at ? -1 : 0;
    node.addEventListener("mouseenter", () => tell(at));
    node.addEventListener("focus", () => tell(at));
    return node;
  });
  line.setAttribute("role", "group");
  line.setAttribute("aria-label", `${meaning}; arrow keys go from one to the next`);
  line.addEventListener("keydown", event => {
    const way = {ArrowRight: 1, ArrowLeft: -1}[event.key];
    const next = nodes[nodes.indexOf(document.activeElement) + (way ?? 0)];
    if (!way || !next) return;
    event.preventDefault();
    nodes.forEach(node => { node.tabIndex = node === next ? 0 : -1; });
    next.focus();
  });
  return {line, nodes};
}

/** Return the text of token ids of a tokenizer, without spaces around it. */
export function written(tokenizer, ids) {
  return ids.length ? tokenizer.decode(ids, {clean_up_tokenization_spaces: false}) : "";
}
