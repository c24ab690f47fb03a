/** Why something was not noted; where somebody was first, what is there now stands beside what was typed. */
import type { Problem } from "../../../sdk/problem";
import { ProblemNote } from "../../../ui/ProblemNote";
import { BothVersions } from "../BothVersions";

type Props = { readonly problem: Problem } & Parameters<typeof BothVersions>[0];

/** The words. */
export function Refused({ problem, ...both }: Props) {
  return problem.isChangedMeanwhile ? <BothVersions {...both} /> : <ProblemNote problem={problem} />;
}
