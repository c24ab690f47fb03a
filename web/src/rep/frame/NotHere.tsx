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
      <Link href="/" className={buttonClass("main")}>
        {say("nav.today")}
      </Link>
    </Page>
  );
}
