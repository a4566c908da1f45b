/* Classes as pages show them. */
import {made, percent} from "./parts.js";

const MOST = 20;

/** Return the classes and their scores, best first. */
export function ranked(labels, probabilities) {
  return labels.map((label, index) => ({label, score: probabilities[index], index}))
    .sort((one, other) => other.score - one.score || one.index - other.index);
}

/** Return bars of ranked classes. */
export function bars(classes) {
  const list = made("ul", undefined, "bars");
  for (const {label, score} of classes.slice(0, MOST)) {
    const item = made("li"), head = made("div", undefined, "head");
    const track = made("div", undefined, "track"), fill = made("div", undefined, "fill");
    head.append(made("span", label), made("span", percent(score)));
    fill.style.width = `${100 * score}%`;
    track.setAttribute("aria-hidden", "true");
    track.append(fill);
    item.append(head, track);
    list.append(item);
  }
  if (classes.length > MOST) list.append(made("li", `and ${classes.length - MOST} more`, "quiet"));
  return list;
}

/** Return the best class in words. */
export const best = classes => `${classes[0].label}, ${percent(classes[0].score)}`;
