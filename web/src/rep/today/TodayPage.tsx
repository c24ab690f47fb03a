/** Today: what is to be done, and how far one is. */
import { FilePlus2 } from "lucide-react";
import { Suspense } from "react";
import { Link } from "wouter";

import { useAnswer } from "../book/useAnswer";
import { useBook } from "../book/BookContext";
import { Page } from "../frame/Page";
import { ReadyNotice } from "../install/ReadyNotice";
import { later } from "../later";
import { standingOn } from "../standing/keptStanding";
import { buttonClass } from "../ui/buttonClass";
import { dayWords } from "../ui/moments";
import { useNow } from "../ui/useNow";
import { useSay } from "../words/useSay";
import { withLateWords } from "../words/words";
import { Birthdays } from "./Birthdays";
import { CloseDay } from "./CloseDay";
import { DigestLink } from "./DigestLink";
import { Due } from "./Due";
import { greetingId } from "./greeting";
import { MonthSoFar } from "./MonthSoFar";

const GoalRing = later(withLateWords(() => import("../standing/GoalRing")));
const Anniversaries = later(withLateWords(() => import("./Anniversaries")));
const Attention = later(() => import("../clash/Attention"));

/** The page one comes home to. */
export function TodayPage() {
  const { say, language } = useSay();
  const { state, standing, status } = useBook();
  const { value: today } = useAnswer("today");
  // Figures of half a book would be wrong ones: they are shown once all of it is here.
  const whole = status?.download ? undefined : today;
  const target = standingOn(standing, today?.day)?.target;
  const hour = new Date(useNow()).getHours();
  const user = state.kind === "ready" ? state.user : "";
  return (
    <Page title={say("nav.today")}>
      <div className="grid gap-6 max-md:pb-12">
        <div>
          <p className="text-lg font-semibold">{say(greetingId(hour), { user })}</p>
          {today && <p className="text-quiet">{dayWords(today.day, language)}</p>}
        </div>
        <ReadyNotice />
        <div className="at-thumb">
          <Link href="/sale" data-home-sale className={`${buttonClass("main")} min-h-16 w-full text-lg`}>
            <FilePlus2 aria-hidden className="size-6" />
            {say("today.sale")}
          </Link>
        </div>
        {whole && target && (
          <Suspense fallback={<div className="min-h-24" />}>
            <GoalRing reachedWon={whole.sales.month.premiumNetWon} targetWon={target.premium_won} />
          </Suspense>
        )}
        {whole && <MonthSoFar sales={whole.sales} />}
        <Suspense fallback={null}>
          <Attention />
        </Suspense>
        {today && (whole || today.customers > 0) && <Due rows={today.due} day={today.day} customers={today.customers} />}
        {today && today.birthdays.length > 0 && <Birthdays rows={today.birthdays} />}
        {today && (
          <Suspense fallback={null}>
            <Anniversaries day={today.day} />
          </Suspense>
        )}
        <DigestLink />
        {whole && <CloseDay day={whole.day} isClosed={whole.closed} sold={whole.sales.day.sold} />}
      </div>
    </Page>
  );
}
