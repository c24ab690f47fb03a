/** How the hub is: what it looked at, and the work it does by itself. */
import { useQuery, useSuspenseQuery } from "@tanstack/react-query";

import { useWords } from "../../../messages/useWords";
import { type Check, type Health, health, type Job } from "../../../sdk/administration";
import { StateMark, type StateTone } from "../../../ui/StateMark";
import { momentIn } from "../../days";
import { Answer } from "../../frame/Answer";
import { meQuery } from "../../queries";
import { AdminPage } from "../AdminPage";
import { Seen } from "../Seen";
import { JobTable } from "./JobTable";

/** It is asked for again so often. */
const LOOK_MS = 15_000;

/** The page. */
export function HealthPage() {
  const { say } = useWords();
  const state = useQuery({ queryKey: ["health"], queryFn: health, refetchInterval: LOOK_MS });
  return (
    <AdminPage title={say("admin.health")}>
      <Answer query={state}>
        {(told) => (
          <div className="grid grid-cols-1 gap-8">
            <Summary health={told} />
            <ul className="divide-y border-y border-edge bg-sheet">
              {[...told.checks].sort(byUrgency).map((check) => (
                <CheckRow key={check.check} check={check} />
              ))}
            </ul>
            <section>
              <h2 className="mb-2 font-semibold">{say("health.jobs")}</h2>
              <JobTable jobs={[...told.jobs].sort(failedFirst)} />
            </section>
          </div>
        )}
      </Answer>
    </AdminPage>
  );
}

const URGENCY: Record<Check["state"], number> = { bad: 0, warning: 1, ok: 2 };

function byUrgency(one: Check, other: Check): number {
  return URGENCY[one.state] - URGENCY[other.state];
}

function failedFirst(one: Job, other: Job): number {
  return Number(other.outcome === "failed") - Number(one.outcome === "failed");
}

function Summary({ health: told }: { health: Health }) {
  const { say } = useWords();
  const { data: me } = useSuspenseQuery(meQuery);
  const wrong = told.checks.filter((check) => check.state !== "ok").length + told.jobs.filter((job) => job.outcome === "failed").length;
  return (
    <div className="flex flex-wrap items-baseline gap-x-6 gap-y-1">
      <StateMark
        tone={wrong === 0 ? "good" : "warn"}
        words={wrong === 0 ? say("health.well") : say("health.wrong", { n: wrong })}
      />
      <span className="text-sm text-quiet">
        {say("health.hub", { version: told.version, engine: told.engine })} · {say("health.since")}{" "}
        <Seen ms={told.started_ms} /> · {say("fresh.as-of", { at: momentIn(me.zone, told.now_ms) })}
      </span>
    </div>
  );
}

const TONES: Record<Check["state"], StateTone> = { ok: "good", warning: "warn", bad: "bad" };

function CheckRow({ check }: { check: Check }) {
  const { say } = useWords();
  return (
    <li
      data-check={check.check}
      data-state={check.state}
      className="grid gap-x-6 gap-y-1 px-3 py-2.5 text-sm md:grid-cols-[12rem_7rem_1fr]"
    >
      <span className="font-semibold">{check.check}</span>
      <StateMark tone={TONES[check.state]} words={say(`health.state.${check.state}`)} />
      <span>
        {check.detail}
        {check.to_do && <span className="block text-quiet">{check.to_do}</span>}
      </span>
    </li>
  );
}
