/** How much a measurement measures: what the targets name with `npm run measure`, less where every change is tested. */
const VARIABLE = "FIELDBOOK_MEASURE";

/** The whole number, or the smaller one. */
export function fully(whole: number, smaller: number): number {
  return process.env[VARIABLE] === "full" ? whole : smaller;
}
