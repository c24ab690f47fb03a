/** Who one is: the code of an invitation, typed or scanned, or name and password. */
import { Suspense, useState } from "react";

import { rare } from "../later";
import { Chips } from "../ui/Chips";
import { Button } from "../ui/Button";
import { useSay } from "../words/useSay";
import { CodeForm } from "./CodeForm";
import type { Who } from "./PairPage";
import { PasswordForm } from "./PasswordForm";

const QrScanner = rare(() => import("./QrScanner"));

/** Whether there is a camera to ask for. */
const canScan = "mediaDevices" in navigator;

/** The ways in. */
export function WhoForm({ problem, onDone }: { problem: string | undefined; onDone: (who: Who) => void }) {
  const { say } = useSay();
  const [way, setWay] = useState<"code" | "password">("code");
  const [isScanning, setScanning] = useState(false);
  return (
    <>
      <p>{say("pair.words")}</p>
      {problem && (
        <p role="alert" className="bg-bad-well px-3 py-2 text-bad">
          {problem}
        </p>
      )}
      <Chips
        label={say("pair.way")}
        isLabelHidden
        chips={[
          { value: "code", words: say("pair.way.code") },
          { value: "password", words: say("pair.way.password") },
        ]}
        value={way}
        onChange={setWay}
      />
      {way === "password" && <PasswordForm onDone={onDone} />}
      {way === "code" && <CodeForm onDone={(code) => onDone({ code })} />}
      {way === "code" && canScan && !isScanning && <Button data-scan onClick={() => setScanning(true)}>{say("pair.scan")}</Button>}
      {way === "code" && isScanning && (
        <Suspense fallback={null}>
          <QrScanner onFound={(code) => onDone({ code })} close={() => setScanning(false)} />
        </Suspense>
      )}
    </>
  );
}
