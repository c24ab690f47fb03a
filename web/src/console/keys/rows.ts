/** Moving among the rows of the table on the page. */

/** Focuses the link of the row so many further on; the first one where none is focused. */
export function moveAmongRows(step: 1 | -1): void {
  const links = [...document.querySelectorAll<HTMLAnchorElement>("[data-row-link]")];
  const now = links.findIndex((link) => link === document.activeElement);
  const next = links[now < 0 ? 0 : now + step];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}
