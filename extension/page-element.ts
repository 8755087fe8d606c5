/**
 * Finds an element that the page's own HTML must have.
 *
 * @throws Error when it is not there or is another kind of element: the HTML and its script disagree
 */
export function elementById<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`The page has no ${kind.name} #${id}`);
  return found;
}
