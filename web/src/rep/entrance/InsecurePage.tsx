/** A page that came over plain http from another machine: browsers keep nothing there, so nothing is begun. */
import { useSay } from "../words/useSay";
import { Doorway } from "./Doorway";

/** What happened and what to do. */
export function InsecurePage({ address }: { address: string }) {
  const { say } = useSay();
  return (
    <Doorway title={say("insecure.title")}>
      <p data-closed="INSECURE-PAGE">{say("insecure.words", { address })}</p>
      <ul className="grid list-disc gap-2 pl-5">
        <li>{say("insecure.https", { address: address.replace(/^http:/, "https:") })}</li>
        <li>{say("insecure.cable")}</li>
        <li>{say("insecure.ask")}</li>
      </ul>
    </Doorway>
  );
}
