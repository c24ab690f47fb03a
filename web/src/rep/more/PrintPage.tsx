/** One's customers on paper. */
import { Printer } from "lucide-react";

import { useAnswer } from "../book/useAnswer";
import { useBook } from "../book/BookContext";
import { Page } from "../frame/Page";
import { Button } from "../ui/Button";
import { dayWords } from "../ui/moments";
import { useSay } from "../words/useSay";

/** No rep has more customers than fit here. */
const MOST = 10_000;
const CELL = "border-b border-line py-1.5 pr-3 text-left align-baseline font-normal wrap-anywhere";

/** The list as it is printed: with whose it is and of what day. */
export default function PrintPage() {
  const { say, language } = useSay();
  const { state } = useBook();
  const day = useAnswer("today").value?.day;
  const { value: customers } = useAnswer("customers", { text: "", offset: 0, limit: MOST });
  const user = state.kind === "ready" ? state.user : "";
  return (
    <Page title={say("print.title")} back="/more">
      <div className="grid gap-4">
        <p className="print:hidden">{say("print.words")}</p>
        <Button weight="main" disabled={!customers} onClick={() => window.print()}>
          <Printer aria-hidden className="size-5" />
          {say("print.do")}
        </Button>
        {customers && day && (
          <table className="w-full text-sm">
            <caption className="pb-2 text-left font-semibold">{say("print.head", { user, day: dayWords(day, language), n: customers.total })}</caption>
            <thead>
              <tr>
                {(["name", "birth_date", "phone", "next_contact_on"] as const).map((field) => (
                  <th key={field} scope="col" className={`${CELL} text-quiet`}>
                    {say(`field.${field}`)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {customers.rows.map((row) => (
                <tr key={row.id} className="break-inside-avoid">
                  <th scope="row" className={CELL}>
                    {row.name}
                  </th>
                  <td className={CELL}>{row.birthDate}</td>
                  <td className={CELL}>{row.phone}</td>
                  <td className={CELL}>{row.nextContactOn}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
    </Page>
  );
}
