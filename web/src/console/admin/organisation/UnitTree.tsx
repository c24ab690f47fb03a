/** The units of a day as a tree; what is below one is fetched when it is opened. */
import { useWords } from "../../../messages/useWords";
import { NATION } from "../../levels";
import { UnitBelow } from "./UnitBelow";
import { UnitLine } from "./UnitLine";

/** What a tree knows of what is chosen. */
export interface Choosing {
  readonly on: string;
  readonly chosen: string | undefined;
  readonly onChosen: (unit: string) => void;
}

/** From the nation down. */
export function UnitTree(props: Choosing) {
  const { say } = useWords();
  const { on, chosen, onChosen } = props;
  return (
    <ul className="border-y border-edge bg-sheet py-1 text-sm" data-tree={on}>
      <li>
        <UnitLine
          unit={{ unit: NATION, name: say("unit.nation"), level: "nation" }}
          isChosen={chosen === NATION}
          onChosen={onChosen}
        />
        <UnitBelow unit={NATION} {...props} />
      </li>
    </ul>
  );
}
