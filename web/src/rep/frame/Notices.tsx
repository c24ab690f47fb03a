/** What a person should know on every page: a first download, a sign-in that is wanted, storage, a new version. */
import { Suspense, useState } from "react";

import { useBook } from "../book/BookContext";
import { problemWords } from "../book/problemWords";
import { later } from "../later";
import { Bar } from "../ui/Bar";
import { Button } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { totalOf } from "../standing/keptStanding";
import { UpdateNotice } from "../update/UpdateNotice";
import { useSay } from "../words/useSay";
import { ClockOff } from "./ClockOff";
import { UnprotectedNotice } from "./UnprotectedNotice";

const SignInDialog = later(() => import("../entrance/SignInDialog"));

/** The strips, those that matter most first. */
export function Notices() {
  const { say } = useSay();
  const { status, standing } = useBook();
  const [isSigningIn, setSigningIn] = useState(false);
  const download = status?.download;
  const total = download ? totalOf(download, standing) : 0;
  return (
    <aside aria-label={say("notice.label")}>
      {status?.problem && <Notice tone="bad" name="problem" words={problemWords(status.problem, say)} />}
      {status?.signInNeeded && (
        <Notice tone="warn" name="sign-in" words={say("notice.sign-in", { n: status.unsent })}>
          <Button onClick={() => setSigningIn(true)}>{say("notice.sign-in.do")}</Button>
        </Notice>
      )}
      <ClockOff />
      {download && (
        <div data-notice="download" className="grid gap-1 bg-tint px-4 py-2">
          <p>{total > 0 ? say("notice.download", { received: download.received, total }) : say("notice.download.some", { received: download.received })}</p>
          {total > 0 && <Bar label={say("notice.download.bar")} value={download.received} whole={total} />}
        </div>
      )}
      {status?.persisted === false && <UnprotectedNotice />}
      <UpdateNotice />
      {isSigningIn && (
        <Suspense fallback={null}>
          <SignInDialog close={() => setSigningIn(false)} />
        </Suspense>
      )}
    </aside>
  );
}
