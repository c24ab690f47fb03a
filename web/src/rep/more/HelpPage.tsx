/** What one asks a colleague otherwise: short, and there without a network. */
import { Link } from "wouter";

import { CHIP_LOOKS } from "../frame/chipLooks";
import { Page } from "../frame/Page";
import { buttonClass } from "../ui/buttonClass";
import { useSay } from "../words/useSay";

/** What the chip may say, from well to ill. */
const STATES = ["synced", "sending", "offline", "attention", "problem"] as const;

/** Questions, with where their answer leads. */
const QUESTIONS = [
  { id: "offline", href: null },
  { id: "clash", href: null },
  { id: "lost", href: "/more/devices" },
  { id: "pin", href: null },
  { id: "report", href: null },
] as const;

/** The page. */
export default function HelpPage() {
  const { say } = useSay();
  return (
    <Page title={say("help.title")} back="/more">
      <div className="grid gap-6">
        <section aria-label={say("help.chip")} className="grid gap-2">
          <h2 className="text-lg font-semibold">{say("help.chip")}</h2>
          <dl>
            {STATES.map((state) => {
              const { Icon, tone } = CHIP_LOOKS[state];
              return (
                <div key={state} data-help-chip={state} className="grid gap-1 border-b border-line py-2">
                  <dt>
                    <span className={`inline-flex items-center gap-1.5 rounded-full border px-3 py-1 text-sm font-medium ${tone}`}>
                      <Icon aria-hidden className="size-4 shrink-0" />
                      {say(`help.chip.${state}`)}
                    </span>
                  </dt>
                  <dd>{say(`help.chip.${state}.words`)}</dd>
                </div>
              );
            })}
          </dl>
        </section>
        {QUESTIONS.map(({ id, href }) => (
          <section key={id} aria-label={say(`help.${id}`)} data-help={id} className="grid justify-items-start gap-2">
            <h2 className="text-lg font-semibold">{say(`help.${id}`)}</h2>
            <p>{say(`help.${id}.words`)}</p>
            {href && (
              <Link href={href} className={buttonClass("plain")}>
                {say("devices.title")}
              </Link>
            )}
          </section>
        ))}
      </div>
    </Page>
  );
}
