/** How the app comes onto the home screen, with pictures for each browser. */
import { useSyncExternalStore } from "react";

import { useBook } from "../book/BookContext";
import { Page } from "../frame/Page";
import { Button } from "../ui/Button";
import { useSay } from "../words/useSay";
import { InstallPicture } from "./InstallPicture";
import { install, installWay, isInstalled, isOffered, onOffer } from "./installing";

/** Steps to be done by hand. */
const STEPS = [1, 2, 3] as const;

/** The page. */
export default function InstallPage() {
  const { say } = useSay();
  const { status } = useBook();
  const canInstall = useSyncExternalStore(onOffer, isOffered);
  const way = installWay(navigator.userAgent);
  return (
    <Page title={say("install.title")} back="/more">
      <div className="grid gap-5">
        <p>{say("install.why")}</p>
        {status?.persisted === false && <p data-unprotected>{say("notice.unprotected")}</p>}
        {isInstalled() && <p className="font-semibold">{say("install.done")}</p>}
        {canInstall && (
          <Button weight="main" onClick={() => void install()}>
            {say("install.do")}
          </Button>
        )}
        <ol className="grid gap-4">
          {STEPS.map((step) => (
            <li key={step} className="flex items-center gap-4 border-b border-line pb-4">
              <InstallPicture way={way} step={step} />
              <p className="min-w-0">{say(`install.${way}.${step}`)}</p>
            </li>
          ))}
        </ol>
      </div>
    </Page>
  );
}
