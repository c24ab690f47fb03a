/** A view that could not be shown. */
import { useWords } from "../../messages/useWords";
import { Problem } from "../../sdk/problem";
import { Button } from "../../ui/Button";
import { ProblemNote } from "../../ui/ProblemNote";
import { Forbidden } from "./Forbidden";

/** What went wrong, and another try. */
export function Failed({ error, unit, again }: { error: unknown; unit?: string; again?: () => void }) {
  const { say } = useWords();
  const problem = Problem.from(error);
  if (problem.isForbidden && unit) return <Forbidden unit={unit} />;
  return (
    <div className="grid max-w-2xl justify-items-start gap-3 py-6">
      <ProblemNote problem={problem} />
      {again && <Button onPress={again}>{say("action.again")}</Button>}
    </div>
  );
}
