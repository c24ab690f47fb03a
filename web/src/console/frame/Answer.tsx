/** An answer of the hub in each of its states: on the way, refused, here, and here but old. */
import { useSuspenseQuery } from "@tanstack/react-query";
import { WifiOff } from "lucide-react";
import type { ReactNode } from "react";

import { useWords } from "../../messages/useWords";
import { Button } from "../../ui/Button";
import { Note } from "../../ui/Note";
import { momentIn } from "../days";
import { meQuery } from "../queries";
import { Failed } from "./Failed";
import { Skeleton } from "./Skeleton";

/** What it needs of a question to the hub. */
interface Asked<Data> {
  readonly data: Data | undefined;
  readonly error: Error | null;
  readonly dataUpdatedAt: number;
  readonly refetch: () => Promise<unknown>;
}

interface Props<Data> {
  readonly query: Asked<Data>;
  readonly unit?: string;
  readonly children: (data: Data) => ReactNode;
}

/** Shows what is here; while the hub is away, what was here last, and how old that is. */
export function Answer<Data>({ query, unit, children }: Props<Data>) {
  const { data, error } = query;
  const again = () => void query.refetch();
  if (data === undefined) {
    return error ? <Failed error={error} again={again} {...(unit ? { unit } : {})} /> : <Skeleton />;
  }
  return (
    <>
      {error && <Old sinceMs={query.dataUpdatedAt} again={again} />}
      {children(data)}
    </>
  );
}

function Old({ sinceMs, again }: { sinceMs: number; again: () => void }) {
  const { say } = useWords();
  const { data: me } = useSuspenseQuery(meQuery);
  return (
    <div className="mb-4" data-old="">
      <Note tone="warn">
        <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <WifiOff aria-hidden className="size-4" />
          {say("state.old", { at: momentIn(me.zone, sinceMs) })}
          <Button onPress={again}>{say("action.again")}</Button>
        </span>
      </Note>
    </div>
  );
}
