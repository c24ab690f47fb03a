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

/** Where there is no room for columns, a row is a block of named values; its roles are said, so that it stays a row. */
const NARROW = {
  block: "@max-[14rem]:block",
  listeners: "@max-[14rem]:sr-only",
  named: "@max-[14rem]:block @max-[14rem]:before:block @max-[14rem]:before:text-xs @max-[14rem]:before:font-normal @max-[14rem]:before:text-quiet @max-[14rem]:before:content-[attr(data-label)]",
} as const;

/** The two side by side, and the choice. */
export function BothVersions({ rows, keepMine, takeTheirs }: Props) {
  const { say } = useWords();
  return (
    <div data-both="">
      <Note tone="warn">
        <p>
          {say("problem.changed")} <span className="text-quiet">({CHANGED_MEANWHILE})</span>
        </p>
        <div className="@container">
          <table role="table" className={`w-full max-w-xl border-collapse text-left ${NARROW.block}`}>
            <caption className="sr-only">{say("changed.title")}</caption>
            <thead role="rowgroup" className={`text-xs text-quiet ${NARROW.listeners}`}>
              <tr role="row">
                <th role="columnheader" scope="col" className="py-1 pr-4 font-normal">
                  {say("changed.what")}
                </th>
                <th role="columnheader" scope="col" className="py-1 pr-4 font-normal">
                  {say("changed.theirs")}
                </th>
                <th role="columnheader" scope="col" className="py-1 font-normal">
                  {say("changed.mine")}
                </th>
              </tr>
            </thead>
            <tbody role="rowgroup" className={NARROW.block}>
              {rows.map(({ what, theirs, mine }) => {
                const weight = theirs === mine ? "" : "font-semibold";
                return (
                  <tr key={what} role="row" className={`border-t ${NARROW.block}`}>
                    <th role="rowheader" scope="row" className={`py-1 pr-4 font-normal text-quiet ${NARROW.block}`}>
                      {what}
                    </th>
                    <td role="cell" data-label={say("changed.theirs")} className={`py-1 pr-4 ${weight} ${NARROW.named}`}>
                      {theirs}
                    </td>
                    <td role="cell" data-label={say("changed.mine")} className={`py-1 ${weight} ${NARROW.named}`}>
                      {mine}
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
        <div className="flex flex-wrap gap-2">
          <Button onPress={keepMine}>{say("changed.keep-mine")}</Button>
          <Button onPress={takeTheirs}>{say("changed.take-theirs")}</Button>
        </div>
      </Note>
    </div>
  );
}
