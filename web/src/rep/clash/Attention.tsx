/** Everything that needs a person: clashes first, then what the hub could not take. */
import { useAnswer } from "../book/useAnswer";
import { useSay } from "../words/useSay";
import { ClashCard } from "./ClashCard";
import { TrayCard } from "./TrayCard";
import { useChoices } from "./useChoices";
import { useGivingUp } from "./useGivingUp";

/** Cards; nothing where nothing waits. */
export default function Attention() {
  const { say } = useSay();
  const { settle, isOpen } = useChoices();
  const clashes = (useAnswer("clashes").value ?? []).filter(isOpen);
  const tray = useAnswer("tray").value ?? [];
  const { isGivenUp, giveUp } = useGivingUp();
  const items = tray.filter(({ id }) => !isGivenUp(id));
  if (clashes.length + items.length === 0) return null;
  return (
    <section aria-label={say("today.attention")} className="grid gap-3">
      <h2 className="text-lg font-semibold">{say("today.attention")}</h2>
      {clashes.map((clash) => (
        <ClashCard key={`${clash.document} ${clash.field}`} clash={clash} onChoose={settle} />
      ))}
      {items.map((item) => (
        <TrayCard key={item.id} item={item} onDrop={() => giveUp(item.id)} />
      ))}
    </section>
  );
}
