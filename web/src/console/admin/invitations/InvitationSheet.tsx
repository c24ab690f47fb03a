/** What one rep is handed: on the screen a block of a list, on paper a page. */
import { useSuspenseQuery } from "@tanstack/react-query";
import { useState } from "react";

import { useWords } from "../../../messages/useWords";
import type { Invitation } from "../../../sdk/administration";
import { CopyButton } from "../../../ui/CopyButton";
import { momentIn } from "../../days";
import { meQuery } from "../../queries";
import { codeInWords, linkTo, pageOf } from "./address";
import { QrCode } from "./QrCode";

/** An invitation and whose it is. */
export interface Invited extends Invitation {
  readonly user: string;
  readonly unit: string;
  readonly name: string;
}

/** The code in both its forms, until when it holds, and what to do with it. */
export function InvitationSheet({ invited, address }: { invited: Invited; address: string }) {
  const { say } = useWords();
  const { data: me } = useSuspenseQuery(meQuery);
  const [isCopyFailed, setCopyFailed] = useState(false);
  const { user, unit, name, code, path, ends_ms: endsMs } = invited;
  const link = linkTo(address, path);
  return (
    <section aria-label={name} className="sheet flex flex-wrap gap-x-6 gap-y-3 border border-edge bg-sheet p-4" data-invitation={user}>
      <h2 className="hidden w-full text-2xl font-semibold print:block">{say("invite.start")}</h2>
      <QrCode text={link} label={say("invite.qr", { name })} />
      <div className="grid min-w-0 flex-1 basis-64 content-start gap-2">
        <p>
          <strong className="font-semibold">{name}</strong>{" "}
          <span className="text-sm text-quiet">
            {user} · {unit}
          </span>
        </p>
        <p className="text-3xl tracking-wide select-all" data-code="">
          {codeInWords(code)}
        </p>
        <p className="text-sm">{say("invite.until", { at: momentIn(me.zone, endsMs) })}</p>
        <ol className="grid gap-1 text-sm">
          <li>{say("invite.scan")}</li>
          <li>{say("invite.or-type", { address: pageOf(address) })}</li>
          <li>{say("invite.works-once")}</li>
        </ol>
        <p className="print:hidden">
          <CopyButton
            text={link}
            words={say("invite.copy")}
            done={say("copy.done")}
            onFailed={() => setCopyFailed(true)}
          />
        </p>
        {isCopyFailed && <p className="text-sm text-bad">{say("invite.copy-failed")}</p>}
      </div>
    </section>
  );
}
