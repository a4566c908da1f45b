/* Beam search on a page: what `zoo.pairs.beam` does, for one sentence. */

/**
 * Yield the best sequence so far after every step, and at the end the best of those that ended.
 *
 * `step` takes the last tokens of the beams and which beam before each goes on from, and returns
 * their log-probabilities, all in one array, how many there are of each, and what else is to be kept
 * of each beam's step.
 */
export async function* search(step, {start, end, beams, most, penalty}) {
  let going = [{tokens: [], kept: [], score: 0, parent: 0}];
  const ended = [], value = (score, length) => score / length ** penalty;
  for (let length = 1; length <= most; length++) {
    const {scores, vocabulary, kept} = await step(
      going.map(({tokens}) => tokens.at(-1) ?? start), going.map(({parent}) => parent));
    const found = [];
    going.forEach((beam, parent) => {
      for (const token of largest(scores, parent * vocabulary, vocabulary, 2 * beams))
        found.push({parent, token, score: Math.fround(beam.score + scores[parent * vocabulary + token])});
    });
    found.sort((one, other) => other.score - one.score || one.parent - other.parent || one.token - other.token);
    const best = found.slice(0, 2 * beams).map(({parent, token, score}) => ({
      parent, score,
      tokens: [...going[parent].tokens, token],
      kept: [...going[parent].kept, kept(parent)],
    }));
    for (const one of best.slice(0, beams))
      if (one.tokens.at(-1) === end) ended.push({...one, value: value(one.score, length)});
    going = best.filter(one => one.tokens.at(-1) !== end).slice(0, beams);
    if (ended.length >= beams || !going.length) break;
    if (length === most) for (const one of going) ended.push({...one, value: value(one.score, most)});
    yield {...going[0], done: false};
  }
  yield {...ended.reduce((one, other) => other.value > one.value ? other : one), done: true};
}

/* The places of the largest numbers of a part of an array, the largest first. */
function largest(numbers, first, size, count) {
  const found = [];
  for (let at = 0; at < size; at++) {
    const number = numbers[first + at];
    if (found.length === count && !(number > numbers[first + found[count - 1]])) continue;
    let place = found.length;
    while (place && number > numbers[first + found[place - 1]]) place--;
    found.splice(place, 0, at);
    if (found.length > count) found.pop();
  }
  return found;
}
