/** Everything one needs seldom. */
import { BellRing, ChevronRight, CircleQuestionMark, Download, MonitorSmartphone, Printer } from "lucide-react";
import { Link } from "wouter";

import { CHOICES } from "../../ui/preferences/preferences";
import { usePreferences } from "../../ui/preferences/PreferencesContext";
import { LanguageChoice } from "../entrance/LanguageChoice";
import { Page } from "../frame/Page";
import { Chips } from "../ui/Chips";
import { useSay } from "../words/useSay";
import { ChangePin } from "./ChangePin";
import { SignOut } from "./SignOut";
import { ThisDevice } from "./ThisDevice";

const LINKS = [
  { href: "/more/digest", id: "digest.title", Icon: BellRing },
  { href: "/more/print", id: "print.title", Icon: Printer },
  { href: "/more/install", id: "install.title", Icon: Download },
  { href: "/more/devices", id: "devices.title", Icon: MonitorSmartphone },
  { href: "/more/help", id: "help.title", Icon: CircleQuestionMark },
] as const;

/** The page. */
export default function MorePage() {
  const { say } = useSay();
  const { preferences, choose } = usePreferences();
  return (
    <Page title={say("nav.more")}>
      <div className="grid gap-6">
        <ul>
          {LINKS.map(({ href, id, Icon }) => (
            <li key={href} className="border-b border-line">
              <Link href={href} className="flex min-h-14 items-center gap-3 no-underline active:bg-well">
                <Icon aria-hidden className="size-5 shrink-0 text-accent" />
                <span className="min-w-0 flex-1">{say(id)}</span>
                <ChevronRight aria-hidden className="size-5 shrink-0 text-quiet" />
              </Link>
            </li>
          ))}
        </ul>
        <section aria-label={say("settings.title")} className="grid gap-4">
          <h2 className="text-lg font-semibold">{say("settings.title")}</h2>
          <Chips label={say("settings.text")} chips={CHOICES.text.map((value) => ({ value, words: say(`settings.text.${value}`) }))} value={preferences.text} onChange={(text) => choose({ text })} />
          <div className="grid gap-1">
            <p className="font-medium">{say("settings.language")}</p>
            <LanguageChoice />
          </div>
          <Chips label={say("settings.theme")} chips={CHOICES.theme.map((value) => ({ value, words: say(`settings.theme.${value}`) }))} value={preferences.theme} onChange={(theme) => choose({ theme })} />
        </section>
        <ChangePin />
        <ThisDevice />
        <SignOut />
      </div>
    </Page>
  );
}
