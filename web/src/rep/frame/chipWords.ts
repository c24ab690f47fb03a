/** What the chip says. Pure. */
import type { Language } from "../../messages/language";
import type { SyncStatus } from "../engine/contract";
import { momentWords } from "../ui/moments";
import type { Say } from "../words/useSay";

/** The words of one of the five states. */
export function chipWords(status: SyncStatus, say: Say, language: Language, nowMs: number): string {
  const { chip, unsent, attention, lastContact } = status;
  switch (chip) {
    case "synced":
      return lastContact ? say("chip.synced-at", { time: momentWords(lastContact, language, nowMs) }) : say("chip.synced");
    case "sending":
      return unsent > 0 ? say("chip.sending-some", { n: unsent }) : say("chip.sending");
    case "offline":
      return unsent > 0 ? say("chip.offline-some", { n: unsent }) : say("chip.offline");
    case "attention":
      return status.signInNeeded ? say("chip.sign-in") : say("chip.attention", { n: attention });
    case "problem":
      return say("chip.problem");
  }
}
