/** What the person is signed in on; the sign-in of a lost phone is ended here. */
import { useCallback, useEffect, useState } from "react";

import { useBook } from "../book/BookContext";
import { problemWords } from "../book/problemWords";
import { BookProblem } from "../engine/book";
import type { OwnDevice } from "../engine/contract";
import { Page } from "../frame/Page";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { useSay } from "../words/useSay";
import { DeviceRow } from "./DeviceRow";

/** What calls say where there is no network. */
const OFFLINE = "OFFLINE";

/** The page; the hub alone knows, so it is asked anew each time. */
export default function DevicesPage() {
  const { say } = useSay();
  const { book, status } = useBook();
  const [devices, setDevices] = useState<readonly OwnDevice[] | null>(null);
  const [problem, setProblem] = useState<BookProblem | null>(null);
  const isOnline = status?.online === true;
  const ask = useCallback(() => {
    book.call("devices").then(
      (told) => {
        setDevices(told);
        setProblem(null);
      },
      (thrown: unknown) => setProblem(BookProblem.from(thrown)),
    );
  }, [book]);
  // Again once the hub is in reach.
  useEffect(ask, [ask, isOnline]);
  const others = devices?.filter((device) => !device.this) ?? [];
  return (
    <Page title={say("devices.title")} back="/more">
      <div className="grid gap-4">
        <p>{say("devices.words")}</p>
        {problem && (
          <div data-devices-problem={problem.code} className="grid justify-items-start gap-3">
            <p className="bg-warn-well px-3 py-2 text-warn">{problem.code === OFFLINE ? say("devices.offline") : problemWords(problem, say)}</p>
            <Button onClick={ask}>{say("action.again")}</Button>
          </div>
        )}
        {!problem && devices && (
          <ul>
            {devices.map((device) => (
              <DeviceRow key={device.device} device={device} onEnded={ask} />
            ))}
          </ul>
        )}
        {!problem && devices && others.length === 0 && <Empty words={say("devices.none")} />}
      </div>
    </Page>
  );
}
