/** Said in one line, once a day: this browser may clear the book. */
import { Info, X } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";

import { Button } from "../ui/Button";
import { useSay } from "../words/useSay";

const KEY = "fieldbook-unprotected-seen";

const today = () => new Date().toDateString();

/** Whether it was closed today; where the browser keeps nothing, it is said each time. */
function wasClosed(): boolean {
  try {
    return localStorage.getItem(KEY) === today();
  } catch {
    return false;
  }
}

function keepClosed(): void {
  try {
    localStorage.setItem(KEY, today());
  } catch {
    // It is said again.
  }
}

/** The strip; what there is to know of it stands on the page it leads to. */
export function UnprotectedNotice() {
  const { say } = useSay();
  const [isClosed, setClosed] = useState(wasClosed);
  if (isClosed) return null;
  const close = () => {
    keepClosed();
    setClosed(true);
  };
  return (
    <div data-notice="unprotected" className="flex items-center gap-2 bg-tint pl-4 print:hidden">
      <Info aria-hidden className="size-5 shrink-0" />
      <Link href="/more/install" className="flex min-h-12 min-w-0 flex-1 flex-wrap items-center gap-x-2 py-1 text-sm leading-tight text-ink no-underline">
        {say("notice.unprotected.short")} <span className="text-accent underline underline-offset-4">{say("notice.unprotected.do")}</span>
      </Link>
      <Button data-close-notice weight="quiet" className="shrink-0" aria-label={say("notice.unprotected.close")} onClick={close}>
        <X aria-hidden className="size-5" />
      </Button>
    </div>
  );
}
