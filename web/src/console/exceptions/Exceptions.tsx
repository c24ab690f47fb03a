/** Exceptions to closed days: for whom, until when, and what they led to. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";

import { useWords } from "../../messages/useWords";
import { Segments } from "../../ui/Segments";
import { CloseParts } from "../closings/CloseParts";
import { Answer } from "../frame/Answer";
import { type Place, UnitPage } from "../frame/UnitPage";
import { mayOrder } from "../mayOrder";
import { exceptionsQuery } from "../queries";
import { ExceptionRow } from "./ExceptionRow";
import { OpenException } from "./OpenException";

const route = getRouteApi("/unit/$unit/closings/exceptions");

/** The view. */
export function Exceptions() {
  const { say } = useWords();
  const { unit } = route.useParams();
  return (
    <UnitPage unit={unit} search={{}} view={say("exceptions.title")} hasOwnDays>
      {(place) => <List place={place} />}
    </UnitPage>
  );
}

function List({ place }: { place: Place }) {
  const { say } = useWords();
  const { all } = route.useSearch();
  const navigate = useNavigate();
  const exceptions = useQuery(exceptionsQuery(!all));
  const show = (which: "open" | "all") =>
    void navigate({ to: ".", search: which === "all" ? { all: true } : {}, replace: true });
  return (
    <>
      <CloseParts unit={place.unit} />
      <div className="grid grid-cols-1 gap-6">
        <p className="max-w-3xl text-sm text-quiet">{say("exceptions.words")}</p>
        {mayOrder(place.me) && <OpenException place={place} />}
        <Segments
          label={say("exceptions.which")}
          hidesLabel
          segments={[
            { value: "open", words: say("exceptions.which.open") },
            { value: "all", words: say("exceptions.which.all") },
          ]}
          value={all ? "all" : "open"}
          onChange={show}
        />
        <Answer query={exceptions} unit={place.unit}>
          {(rows) =>
            rows.length === 0 ? (
              <p className="bg-sheet p-6 text-quiet" data-empty="">
                {say(all ? "exceptions.empty-all" : "exceptions.empty")}
              </p>
            ) : (
              <ul className="divide-y border-y border-edge bg-sheet">
                {rows.map((one) => (
                  <ExceptionRow key={one.id} exception={one} me={place.me} />
                ))}
              </ul>
            )
          }
        </Answer>
      </div>
    </>
  );
}
