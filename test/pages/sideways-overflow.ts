/**
 * Names the elements that reach beyond the sides of the page or whose own content does, so that a
 * person has to scroll sideways or cannot read it (WCAG 2.2, 1.4.10 and 1.4.12).
 *
 * It is serialised and run in the browser.
 */
export function sidewaysOverflow(): string[] {
  const pageWidth = document.documentElement.clientWidth;
  return [...document.body.querySelectorAll<HTMLElement>('*')]
    .filter((element) => element.getClientRects().length > 0)
    .filter((element) => {
      const { left, right } = element.getBoundingClientRect();
      const isCut = element.clientWidth > 0 && element.scrollWidth > element.clientWidth + 1;
      return left < -1 || right > pageWidth + 1 || isCut;
    })
    .map((element) => `${element.tagName.toLowerCase()}#${element.id}.${element.className}`);
}
