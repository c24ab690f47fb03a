/** One's customers on paper. */
import { Printer } from "lucide-react";
import { useEffect, useState } from "react";

import { useAnswer } from "../book/useAnswer";
import { useBook } from "../book/BookContext";
import type { Book } from "../engine/book";
import type { CustomerRow } from "../engine/contract";
import { Page } from "../frame/Page";
import { Button } from "../ui/Button";
import { dayWords } from "../ui/moments";
import { useSay } from "../words/useSay";

/** Rows asked for at once. */
const PAGE_ROWS = 1_000;
const CELL = "border-b border-line py-1.5 pr-3 text-left align-baseline font-normal wrap-anywhere";

/** The list as it is printed: with whose it is and of what day. */
export default function PrintPage() {
  const { say, language } = useSay();
  const { book, state } = useBook();
  const [customers, setCustomers] = useState<readonly CustomerRow[] | null>(null);
  const [hasFailed, setFailed] = useState(false);
  useEffect(() => {
    allCustomers(book).then(setCustomers, () => setFailed(true));
  }, [book]);
  const day = useAnswer("today").value?.day;
  const user = state.kind === "ready" ? state.user : "";
  return (
    <Page title={say("print.title")} back="/more">
      <div className="grid gap-4">
        <p className="print:hidden">{say("print.words")}</p>
        {hasFailed && <p role="alert">{say("problem.other")}</p>}
        <div className="at-thumb">
          <Button weight="main" className="w-full" disabled={!customers} onClick={() => window.print()}>
            <Printer aria-hidden className="size-5" />
            {say("print.do")}
          </Button>
        </div>
        {customers && day && (
          <table className="w-full text-sm">
            <caption className="pb-2 text-left font-semibold">{say("print.head", { user, day: dayWords(day, language), n: customers.length })}</caption>
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
              {customers.map((row) => (
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

async function allCustomers(book: Book): Promise<CustomerRow[]> {
  const rows: CustomerRow[] = [];
  for (;;) {
    const page = await book.call("customers", { text: "", offset: rows.length, limit: PAGE_ROWS });
    rows.push(...page.rows);
    if (page.rows.length === 0 || rows.length >= page.total) return rows;
  }
}
