/** Why something was not noted; where somebody was first, what is there now stands beside what was typed. */
import type { Problem } from "../../../sdk/problem";
import { ProblemNote } from "../../../ui/ProblemNote";
import { BothVersions } from "../BothVersions";

type Props = { readonly problem: Problem } & Parameters<typeof BothVersions>[0];

/** On a small screen it comes below what is seen. */
const intoView = (words: HTMLElement | null) => words?.scrollIntoView({ block: "nearest" });

/** The words. */
export function Refused({ problem, ...both }: Props) {
  return <div ref={intoView}>{problem.isChangedMeanwhile ? <BothVersions {...both} /> : <ProblemNote problem={problem} />}</div>;
}
