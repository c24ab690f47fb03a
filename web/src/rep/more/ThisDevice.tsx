/** What is known of this device. */
import { useBook } from "../book/BookContext";
import { useAnswer } from "../book/useAnswer";
import { deviceName } from "../entrance/deviceName";
import { Diagnostics } from "../frame/Diagnostics";
import { Facts } from "../frame/Facts";
import { bytesWords } from "../ui/moments";
import { useSay } from "../words/useSay";

/** The list, and a report for support. */
export function ThisDevice() {
  const { say, language } = useSay();
  const { state, status } = useBook();
  const customers = useAnswer("today").value?.customers;
  if (state.kind !== "ready") return null;
  return (
    <section aria-label={say("device.title")} className="grid gap-2">
      <h2 className="text-lg font-semibold">{say("device.title")}</h2>
      <Facts
        facts={[
          [say("device.user"), state.user],
          [say("device.unit"), state.unit],
          [say("device.hub"), state.server],
          [say("device.name"), deviceName(navigator.userAgent)],
          ...(customers === undefined ? [] : [[say("device.customers"), String(customers)] as const]),
          ...(status && status.usage !== null ? [[say("sync.usage"), bytesWords(status.usage, language)] as const] : []),
        ]}
      />
      <Diagnostics />
    </section>
  );
}
