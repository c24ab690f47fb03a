/** The address that an invitation leads to. Pure. */

/** What is to be known of an address before codes lead there. */
export type Reach = "fine" | "insecure" | "this-computer" | "none";

const THIS_COMPUTER = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** Who reaches a typed address, and whether their browsers keep an app of it for offline. */
export function reachOf(typed: string): Reach {
  const url = parsed(typed);
  if (!url) return "none";
  if (THIS_COMPUTER.test(url.hostname)) return "this-computer";
  return url.protocol === "https:" ? "fine" : "insecure";
}

/** The whole link: the address, and the hub's path with the code in it. */
export function linkTo(typed: string, path: string): string {
  return `${parsed(typed)?.origin ?? ""}${path}`;
}

/** The page where a code is typed, as people read it. */
export function pageOf(typed: string): string {
  return linkTo(typed, "/rep/");
}

/** A code as people read it out: four digits and four. */
export function codeInWords(code: string): string {
  return `${code.slice(0, code.length / 2)} ${code.slice(code.length / 2)}`;
}

function parsed(typed: string): URL | null {
  const text = typed.trim();
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return null;
  return new URL(text);
}
