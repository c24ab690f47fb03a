/** Somebody changed the same thing meanwhile: what the hub has now beside what was typed, which is kept. */
import { useWords } from "../../messages/useWords";
import { CHANGED_MEANWHILE } from "../../sdk/problem";
import { Button } from "../../ui/Button";
import { Note } from "../../ui/Note";

/** A field in both versions. */
export interface Both {
  readonly what: string;
  readonly theirs: string;
  readonly mine: string;
}

interface Props {
  readonly rows: readonly Both[];
  readonly keepMine: () => void;
  readonly takeTheirs: () => void;
}

/** The two side by side, and the choice. */
export function BothVersions({ rows, keepMine, takeTheirs }: Props) {
  const { say } = useWords();
  return (
    <div data-both="">
      <Note tone="warn">
        <p>
          {say("problem.changed")} <span className="text-quiet">({CHANGED_MEANWHILE})</span>
        </p>
        <table className="w-full max-w-xl border-collapse text-left">
          <caption className="sr-only">{say("changed.title")}</caption>
          <thead className="text-xs text-quiet">
            <tr>
              <th scope="col" className="py-1 pr-4 font-normal">
                {say("changed.what")}
              </th>
              <th scope="col" className="py-1 pr-4 font-normal">
                {say("changed.theirs")}
              </th>
              <th scope="col" className="py-1 font-normal">
                {say("changed.mine")}
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ what, theirs, mine }) => (
              <tr key={what} className="border-t">
                <th scope="row" className="py-1 pr-4 font-normal text-quiet">
                  {what}
                </th>
                <td className={`py-1 pr-4 ${theirs === mine ? "" : "font-semibold"}`}>{theirs}</td>
                <td className={`py-1 ${theirs === mine ? "" : "font-semibold"}`}>{mine}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <div className="flex flex-wrap gap-2">
          <Button onPress={keepMine}>{say("changed.keep-mine")}</Button>
          <Button onPress={takeTheirs}>{say("changed.take-theirs")}</Button>
        </div>
      </Note>
    </div>
  );
}
