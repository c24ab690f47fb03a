/** A password that is shown this once. */
import { KeyRound } from "lucide-react";
import { useState } from "react";

import { useWords } from "../../../messages/useWords";
import { CopyButton } from "../../../ui/CopyButton";
import { Note } from "../../../ui/Note";

/** The password, to be copied and handed over. */
export function PasswordOnce({ name, password }: { name: string; password: string }) {
  const { say } = useWords();
  const [isCopyFailed, setCopyFailed] = useState(false);
  return (
    <Note tone="plain">
      <p className="flex items-center gap-2 font-semibold">
        <KeyRound aria-hidden className="size-4" />
        {say("person.password.of", { name })}
      </p>
      <p className="flex flex-wrap items-center gap-3">
        <code className="border border-edge bg-sheet px-3 py-1 text-base break-all select-all" data-password="">
          {password}
        </code>
        <CopyButton
          text={password}
          words={say("copy.words")}
          done={say("copy.done")}
          onFailed={() => setCopyFailed(true)}
        />
      </p>
      <p>{say("person.password.once")}</p>
      {isCopyFailed && <p className="text-bad">{say("copy.failed")}</p>}
    </Note>
  );
}
