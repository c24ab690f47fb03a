/** Inviting all reps of a branch who have no device yet. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { type SubmitEvent, useState } from "react";

import { useWords } from "../../../messages/useWords";
import { type BranchInvited, inviteBranch } from "../../../sdk/administration";
import { Button } from "../../../ui/Button";
import { Note } from "../../../ui/Note";
import { AdminPage } from "../AdminPage";
import { UnitField } from "../people/UnitField";
import { reachOf } from "./address";
import { InvitationSheets } from "./InvitationSheets";
import { NotMade } from "./NotMade";
import { TermFields } from "./TermFields";
import { usualTerms } from "./terms";

const route = getRouteApi("/admin/invite");

/** The page. */
export function InviteBranch() {
  const { say } = useWords();
  const search = route.useSearch();
  const client = useQueryClient();
  const [branch, setBranch] = useState(search.branch ?? "");
  const [terms, setTerms] = useState(usualTerms);
  const make = useMutation({
    // Codes are nobody's to look up later: they go when the page does.
    gcTime: 0,
    mutationFn: () => inviteBranch({ branch: branch.trim(), days: terms.days }),
    onSettled: () => client.invalidateQueries({ queryKey: ["accounts"] }),
  });
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    make.mutate();
  };
  return (
    <AdminPage title={say("invite.branch")}>
      <p className="mb-4 text-sm">
        <Link to="/admin/people" data-up="" className="inline-block min-h-6 underline underline-offset-4">
          {say("person.back")}
        </Link>
      </p>
      <div className="grid max-w-3xl grid-cols-1 gap-6">
        <form onSubmit={submit} className="grid justify-items-start gap-3 bg-sheet p-4">
          <p className="text-sm text-quiet">{say("invite.branch.means")}</p>
          <UnitField label={say("invite.branch.code")} value={branch} onChange={setBranch} />
          <TermFields terms={terms} onChange={setTerms} />
          <Button
            type="submit"
            variant="primary"
            isPending={make.isPending}
            isDisabled={branch.trim() === "" || reachOf(terms.address) === "none"}
          >
            {say("invite.branch.make")}
          </Button>
        </form>
        {make.isError && <NotMade error={make.error} />}
        {make.data && <Made made={make.data} address={terms.address} />}
      </div>
    </AdminPage>
  );
}

function Made({ made, address }: { made: BranchInvited; address: string }) {
  const { say } = useWords();
  const { rows, with_device: passed } = made;
  return (
    <>
      <Note tone={rows.length > 0 ? "good" : "warn"}>
        <p data-invited={rows.length}>
          {rows.length > 0 ? say("invite.branch.made", { n: rows.length }) : say("invite.branch.nobody")}
        </p>
        {passed > 0 && <p>{say("invite.branch.passed", { n: passed })}</p>}
      </Note>
      {rows.length > 0 && <InvitationSheets invited={rows} address={address} />}
    </>
  );
}
