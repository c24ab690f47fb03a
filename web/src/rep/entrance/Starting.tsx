/** The moment before the book answers. */
import { useSay } from "../words/useSay";

/** The name, and no more: it is over before one could read. */
export function Starting() {
  const { say } = useSay();
  return (
    <main className="grid min-h-dvh place-items-center" aria-busy="true">
      <h1 className="sr-only">{say("app.name")}</h1>
      <p className="text-quiet">{say("starting")}</p>
    </main>
  );
}
