/* Texts to token ids as the zoo's own pipelines do it, and what there is to doubt of them. */

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

/** Return the text of token ids of a tokenizer, without spaces around it. */
export function written(tokenizer, ids) {
  return ids.length ? tokenizer.decode(ids, {clean_up_tokenization_spaces: false}) : "";
}
