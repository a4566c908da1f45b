/* What pages are made of. Texts are set as texts, never as HTML. */

/** Return an element of HTML. */
export function made(tag, text, kind) {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  if (kind) node.className = kind;
  return node;
}

/** Return an element of SVG. */
export function drawn(tag, attributes, text) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text !== undefined) node.textContent = text;
  return node;
}

/** Return a button that does something. */
export function button(text, done, kind) {
  const node = made("button", text, kind);
  node.type = "button";
  node.addEventListener("click", done);
  return node;
}

export const percent = share => `${(100 * share).toFixed(1)} %`;
export const megabytes = bytes => `${(bytes / 1e6).toFixed(bytes < 1e6 ? 2 : 1)} MB`;

/** Let the browser draw what has changed. */
export const breath = () => new Promise(done => setTimeout(done));
