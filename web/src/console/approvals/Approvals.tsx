/** Policies whose day of sale lies so far back that headquarters must approve it. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";

import { useWords } from "../../messages/useWords";
import { CloseParts } from "../closings/CloseParts";
import { Answer } from "../frame/Answer";
import { type Place, UnitPage } from "../frame/UnitPage";
import { approvalsQuery } from "../queries";
import { AwaitingTable } from "./AwaitingTable";

const route = getRouteApi("/unit/$unit/closings/approvals");

/** The view. */
export function Approvals() {
  const { say } = useWords();
  const { unit } = route.useParams();
  return (
    <UnitPage unit={unit} search={{}} view={say("approvals.title")} hasOwnDays>
      {(place) => <Waiting place={place} />}
    </UnitPage>
  );
}

function Waiting({ place }: { place: Place }) {
  const { say } = useWords();
  const awaiting = useQuery(approvalsQuery(place.unit));
  return (
    <>
      <CloseParts unit={place.unit} />
      <p className="mb-6 max-w-3xl text-sm text-quiet">{say("approvals.words")}</p>
      <Answer query={awaiting} unit={place.unit}>
        {({ waiting, policies }) => (
          <>
            {waiting > 0 && (
              <p className="mb-2 font-semibold" data-waiting={waiting}>
                {say("approvals.waiting", { n: waiting })}{" "}
                {policies.length < waiting && (
                  <span className="font-normal text-quiet">{say("approvals.first", { shown: policies.length })}</span>
                )}
              </p>
            )}
            <AwaitingTable rows={policies} me={place.me} />
          </>
        )}
      </Answer>
    </>
  );
}
