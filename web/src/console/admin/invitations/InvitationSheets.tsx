/** Invitations that were made: shown this once, to be handed over or printed. */
import { Printer } from "lucide-react";

import { useWords } from "../../../messages/useWords";
import { Button } from "../../../ui/Button";
import { Note } from "../../../ui/Note";
import { InvitationSheet, type Invited } from "./InvitationSheet";

/** The list; on paper nothing else of the page. */
export function InvitationSheets({ invited, address }: { invited: readonly Invited[]; address: string }) {
  const { say } = useWords();
  return (
    <div className="grid w-full gap-4" data-sheets="">
      <div className="print:hidden">
        <Note tone="plain">
          <span className="flex flex-wrap items-center justify-between gap-3">
            {say("invite.once")}
            <Button onPress={() => window.print()}>
              <Printer aria-hidden className="size-4" />
              {say("invite.print")}
            </Button>
          </span>
        </Note>
      </div>
      {invited.map((one) => (
        <InvitationSheet key={one.user} invited={one} address={address} />
      ))}
    </div>
  );
}
