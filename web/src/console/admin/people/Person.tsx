/** One account: its role and unit, its invitation, its password, its suspension. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";

import { useWords } from "../../../messages/useWords";
import { StateMark } from "../../../ui/StateMark";
import { Answer } from "../../frame/Answer";
import { AdminPage } from "../AdminPage";
import { Seen } from "../Seen";
import { InviteRep } from "../invitations/InviteRep";
import { accountQuery } from "./accountQuery";
import { NewPassword } from "./NewPassword";
import { PlaceForm } from "./PlaceForm";
import { Suspension } from "./Suspension";

const route = getRouteApi("/admin/people/$name");

/** The page of an account. */
export function Person() {
  const { say } = useWords();
  const { name } = route.useParams();
  const account = useQuery(accountQuery(name));
  return (
    <AdminPage title={name}>
      <p className="mb-4 text-sm">
        <Link to="/admin/people" data-up="" className="inline-block min-h-6 underline underline-offset-4">
          {say("person.back")}
        </Link>
      </p>
      <Answer query={account}>
        {(one) =>
          one === null ? (
            <p className="bg-sheet p-6 text-quiet">{say("person.not-here", { name })}</p>
          ) : (
            <div className="grid max-w-3xl grid-cols-1 gap-6" data-account={one.name}>
              <p className="flex flex-wrap gap-x-6 gap-y-1 text-sm">
                <StateMark
                  tone={one.disabled ? "off" : "good"}
                  words={say(one.disabled ? "people.state.disabled" : "people.state.active")}
                />
                <span>
                  <span className="text-quiet">{say("people.seen")}</span> <Seen ms={one.last_seen_ms} />
                </span>
                <Link
                  to="/admin/devices"
                  search={{ user: one.name }}
                  className="inline-block min-h-6 underline underline-offset-4"
                >
                  {say("person.devices")} ({one.devices})
                </Link>
              </p>
              <PlaceForm key={one.name} account={one} />
              {one.role === "rep" && !one.disabled && <InviteRep key={`invite ${one.name}`} account={one} />}
              <NewPassword account={one} />
              <Suspension account={one} />
            </div>
          )
        }
      </Answer>
    </AdminPage>
  );
}
