/** A report for support, without any customer's data: shown before it is sent anywhere. */
import { useState } from "react";

import { useAct } from "../book/useAct";
import { Button } from "../ui/Button";
import { useSay } from "../words/useSay";

/** Makes the report, shows it, and hands it to the person to send on. */
export function Diagnostics() {
  const { say } = useSay();
  const act = useAct();
  const [text, setText] = useState<string | null>(null);
  const make = async () => {
    const report = await act((book) => book.call("diagnostics"));
    if (report) setText(report.text);
  };
  if (text === null) {
    return (
      <Button weight="quiet" className="justify-self-start" onClick={() => void make()}>
        {say("diagnostics.make")}
      </Button>
    );
  }
  return (
    <section aria-label={say("diagnostics.title")} className="grid gap-2">
      <p className="text-sm text-quiet">{say("diagnostics.words")}</p>
      <pre data-diagnostics tabIndex={0} className="max-h-48 overflow-auto bg-well p-2 text-xs whitespace-pre-wrap">
        {text}
      </pre>
      <Button onClick={() => void act(() => hand(text), "diagnostics.done")}>{say("diagnostics.hand")}</Button>
    </section>
  );
}

/** The phone's own way of sending on, or the clipboard. */
async function hand(text: string): Promise<void> {
  const { share } = navigator as { share?: Navigator["share"] };
  if (share) await navigator.share({ text }).catch(() => undefined);
  else await navigator.clipboard.writeText(text);
}
