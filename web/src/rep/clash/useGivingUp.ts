/** Giving up an edit: it is gone from sight at once, and for good once it can no longer be taken back. */
import { useCallback, useEffect, useRef, useState } from "react";

import { useAct } from "../book/useAct";
import { SHOWN_MS, useToast } from "../frame/ToastContext";
import { useSay } from "../words/useSay";

/** Which edits are given up, and how. Where the app is closed before the time is over, they stay. */
export function useGivingUp() {
  const { say } = useSay();
  const { show } = useToast();
  const act = useAct();
  const [ids, setIds] = useState<readonly string[]>([]);
  const timers = useRef(new Map<string, ReturnType<typeof setTimeout>>());
  useEffect(() => {
    const running = timers.current;
    return () => running.forEach((timer) => clearTimeout(timer));
  }, []);
  const giveUp = useCallback(
    (id: string) => {
      const takeBack = () => {
        clearTimeout(timers.current.get(id));
        setIds((known) => known.filter((one) => one !== id));
      };
      const drop = () => void act((book) => book.call("dropTray", { id })).then((done) => done === false && takeBack());
      timers.current.set(id, setTimeout(drop, SHOWN_MS));
      setIds((known) => [...known, id]);
      show({ words: say("tray.dropped"), undo: takeBack });
    },
    [act, show, say],
  );
  return { isGivenUp: (id: string) => ids.includes(id), giveUp };
}
