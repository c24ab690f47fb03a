/** Said once, when everything is here: it works without network from now on, and is best kept on the home screen. */
import { useEffect, useState } from "react";
import { Link } from "wouter";

import { useBook } from "../book/BookContext";
import { Button } from "../ui/Button";
import { buttonClass } from "../ui/buttonClass";
import { useSay } from "../words/useSay";
import { isInstalled } from "./installing";
import { keepSeen, wasSeen } from "./ready";

/** The note; gone for good once it is closed or followed. */
export function ReadyNotice() {
  const { say } = useSay();
  const { status } = useBook();
  const [isSeen, setSeen] = useState(() => wasSeen() || isInstalled());
  const [isKept, setKept] = useState(false);
  useEffect(() => {
    // True once the app's own files are kept; without that it would be a promise.
    if ("serviceWorker" in navigator) void navigator.serviceWorker.ready.then(() => setKept(true));
  }, []);
  if (isSeen || !isKept || !status || status.download || status.lastContact === null) return null;
  const close = () => {
    keepSeen();
    setSeen(true);
  };
  return (
    <section data-ready aria-label={say("ready.title")} className="grid gap-2 border border-good bg-sheet p-4">
      <h2 className="font-semibold text-good">{say("ready.title")}</h2>
      <p>{say("ready.words")}</p>
      <div className="flex flex-wrap gap-2">
        <Link href="/more/install" className={buttonClass("plain")} onClick={close}>
          {say("install.title")}
        </Link>
        <Button weight="quiet" onClick={close}>
          {say("ready.later")}
        </Button>
      </div>
    </section>
  );
}
