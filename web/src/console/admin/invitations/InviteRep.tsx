/** Inviting one rep. */
import { useMutation, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { useState } from "react";

import { useWords } from "../../../messages/useWords";
import { type Account, inviteRep } from "../../../sdk/administration";
import { Button } from "../../../ui/Button";
import { momentIn } from "../../days";
import { meQuery } from "../../queries";
import { reachOf } from "./address";
import { InvitationSheets } from "./InvitationSheets";
import { NotMade } from "./NotMade";
import { TermFields } from "./TermFields";
import { usualTerms } from "./terms";

/** The part of a rep's page: terms, button, and the code this once. */
export function InviteRep({ account }: { account: Account }) {
  const { say } = useWords();
  const { data: me } = useSuspenseQuery(meQuery);
  const client = useQueryClient();
  const [terms, setTerms] = useState(usualTerms);
  const { name, unit, unit_name: unitName, invited_until_ms: openMs } = account;
  const make = useMutation({
    // A code is nobody's to look up later: it goes when the page does.
    gcTime: 0,
    mutationFn: () => inviteRep(name, { days: terms.days }),
    onSettled: () => client.invalidateQueries({ queryKey: ["accounts"] }),
  });
  return (
    <section className="grid justify-items-start gap-3 bg-sheet p-4" data-invite="">
      <h2 className="font-semibold">{say("invite.title")}</h2>
      <p className="text-sm text-quiet">{say("invite.means")}</p>
      {openMs != null && !make.data && (
        <p className="text-sm" data-open-invitation="">
          {say("invite.open", { at: momentIn(me.zone, openMs) })}
        </p>
      )}
      <TermFields terms={terms} onChange={setTerms} />
      <Button isPending={make.isPending} isDisabled={reachOf(terms.address) === "none"} onPress={() => make.mutate()}>
        {say("invite.make")}
      </Button>
      {make.isError && <NotMade error={make.error} />}
      {make.data && (
        <InvitationSheets invited={[{ ...make.data, user: name, unit, name: unitName ?? name }]} address={terms.address} />
      )}
    </section>
  );
}
