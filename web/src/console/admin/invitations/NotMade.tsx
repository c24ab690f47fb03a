/** Why no invitation was made; where nobody can know whether one was, what to do about that. */
import { useWords } from "../../../messages/useWords";
import { Problem } from "../../../sdk/problem";
import { ProblemNote } from "../../../ui/ProblemNote";

/** The failure in words. */
export function NotMade({ error }: { error: unknown }) {
  const { say } = useWords();
  const problem = Problem.from(error);
  return (
    <div className="grid gap-2">
      <ProblemNote problem={problem} />
      {problem.status === 0 && <p className="text-sm text-quiet">{say("invite.lost")}</p>}
    </div>
  );
}
