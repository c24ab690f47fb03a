/** The first sign-in of a device: who one is, then a PIN of six digits. */
import { useState } from "react";

import { useBook } from "../book/BookContext";
import { problemWords } from "../book/problemWords";
import { BookProblem } from "../engine/book";
import { useSay } from "../words/useSay";
import { deviceName } from "./deviceName";
import { Doorway } from "./Doorway";
import { NewPinForm } from "./NewPinForm";
import { WhoForm } from "./WhoForm";

/** How one says who one is. */
export type Who = { readonly code: string } | { readonly user: string; readonly password: string };

/** Both steps; the hub is asked once both are known. */
export default function PairPage({ code }: { code: string | null }) {
  const { say } = useSay();
  const { book, become } = useBook();
  const [who, setWho] = useState<Who | null>(code === null ? null : { code });
  const [problem, setProblem] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const pair = async (pin: string) => {
    if (!who) return;
    setBusy(true);
    try {
      become(await book.call("pair", { server: location.origin, pin, deviceName: deviceName(navigator.userAgent), ...who }));
    } catch (thrown) {
      setProblem(problemWords(BookProblem.from(thrown), say));
      setBusy(false);
      // Back to who one is: the code or the password was not taken, or the hub was not reached.
      setWho(null);
    }
  };
  if (!who) {
    return (
      <Doorway title={say("pair.title")}>
        <WhoForm problem={problem} onDone={setWho} />
      </Doorway>
    );
  }
  return (
    <Doorway title={say("pin.new.title")}>
      <p>{say("pin.new.words")}</p>
      <NewPinForm isBusy={isBusy} submit={say(isBusy ? "pair.busy" : "pair.submit")} onDone={(pin) => void pair(pin)} />
    </Doorway>
  );
}
