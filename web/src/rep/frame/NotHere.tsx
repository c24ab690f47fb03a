/** An address below `/rep` that no page has. */
import { Link } from "wouter";

import { buttonClass } from "../ui/buttonClass";
import { useSay } from "../words/useSay";
import { Page } from "./Page";

/** The page. */
export function NotHere() {
  const { say } = useSay();
  return (
    <Page title={say("not-here.title")}>
      <p className="mb-4">{say("not-here.words")}</p>
      <div className="at-thumb">
        <Link href="/" className={`${buttonClass("main")} max-md:w-full`}>
          {say("nav.today")}
        </Link>
      </div>
    </Page>
  );
}
