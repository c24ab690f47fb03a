/** What went wrong, what is safe, what to do, and the code to quote. */
import { CircleAlert } from "lucide-react";

import type { MessageId } from "../messages/words";
import { useWords } from "../messages/useWords";
import type { Problem } from "../sdk/problem";

/** A failure in words. */
export function ProblemNote({ problem }: { problem: Problem }) {
  const { say } = useWords();
  return (
    <div role="alert" className="flex gap-3 border-l-2 border-bad bg-bad-well px-4 py-3">
      <CircleAlert aria-hidden className="mt-1 size-4 shrink-0 text-bad" />
      <p>
        {say(wordsOf(problem))} <span className="text-sm whitespace-nowrap text-quiet">({problem.code})</span>
        {(problem.isQuestion || problem.isConflict) && (
          <span lang="en" className="block text-sm text-quiet">
            {problem.message}
          </span>
        )}
      </p>
    </div>
  );
}

/** Codes that have words of their own. */
const BY_CODE: Readonly<Record<string, MessageId>> = {
  "CHANGED-MEANWHILE": "problem.changed",
  "LAST-ADMIN": "problem.last-admin",
  "ORG-ABSENCE": "problem.absence",
  "INVITE-BRANCH": "problem.invite-branch",
  "INVITE-FULL": "problem.invite-full",
  "WEB-FAULT": "problem.fault",
};

function wordsOf(problem: Problem): MessageId {
  if (problem.needsSignIn) return "problem.sign-in";
  if (problem.isForbidden) return "problem.forbidden";
  const known = BY_CODE[problem.code];
  if (known) return known;
  if (problem.isConflict) return "problem.conflict";
  if (problem.isQuestion) return "problem.question";
  return problem.status === 0 ? "problem.unreachable" : "problem.hub";
}
