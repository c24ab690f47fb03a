/** The end of the day: one's branch then waits for nothing more, even where nothing was sold. */
import { CircleCheck } from "lucide-react";

import { useAct } from "../book/useAct";
import { Button } from "../ui/Button";
import { useSay } from "../words/useSay";

/** The button, or that it is done. */
export function CloseDay({ day, isClosed, sold }: { day: string; isClosed: boolean; sold: number }) {
  const { say } = useSay();
  const act = useAct();
  if (isClosed) {
    return (
      <p data-day-closed className="flex items-center gap-2 text-good">
        <CircleCheck aria-hidden className="size-5 shrink-0" />
        {say("today.closed")}
      </p>
    );
  }
  return (
    <section aria-label={say("today.close")} className="grid justify-items-start gap-2">
      <p className="text-quiet">{say("today.close.words", { n: sold })}</p>
      <Button data-close-day onClick={() => void act((book) => book.call("closeDay", { day }), "today.close.done")}>
        {say("today.close")}
      </Button>
    </section>
  );
}
