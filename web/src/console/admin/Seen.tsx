/** When somebody or something was seen last. */
import { useSuspenseQuery } from "@tanstack/react-query";

import { useWords } from "../../messages/useWords";
import { momentIn } from "../days";
import { meQuery } from "../queries";

/** Day and time in the company's zone. */
export function Seen({ ms }: { ms: number | null | undefined }) {
  const { say } = useWords();
  const { data: me } = useSuspenseQuery(meQuery);
  if (!ms) return <span className="text-quiet">{say("people.never")}</span>;
  return <span className="whitespace-nowrap">{momentIn(me.zone, ms).slice(0, -3)}</span>;
}
