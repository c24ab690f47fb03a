/** Own figures by day, week or month, and by which policies they differ from headquarters'. */
import { useState } from "react";

import { useBook } from "../book/BookContext";
import { useAnswer } from "../book/useAnswer";
import { problemWords } from "../book/problemWords";
import { Page } from "../frame/Page";
import { BranchRank } from "../standing/BranchRank";
import { Chips } from "../ui/Chips";
import { Empty } from "../ui/Empty";
import { dayWords } from "../ui/moments";
import { useSay } from "../words/useSay";
import { DayBars } from "./DayBars";
import { Difference } from "./Difference";
import { PERIODS, type Period, periodOf } from "./periods";
import { ProductTable } from "./ProductTable";
import { TypeBars } from "./TypeBars";

/** The page. */
export default function ResultsPage() {
  const { say } = useSay();
  const [period, setPeriod] = useState<Period>("month");
  const { status } = useBook();
  const day = useAnswer("today").value?.day;
  return (
    <Page title={say("nav.results")}>
      <div className="grid gap-5">
        <Chips label={say("results.period")} isLabelHidden chips={PERIODS.map((value) => ({ value, words: say(`period.${value}`) }))} value={period} onChange={setPeriod} />
        {day && <BranchRank day={day} />}
        {/* Of half a book there is nothing to compare. */}
        {day && !status?.download && <Figures {...periodOf(period, day)} />}
      </div>
    </Page>
  );
}

function Figures({ from, to }: { from: string; to: string }) {
  const { say, language } = useSay();
  const { value: figures, problem } = useAnswer("figures", { from, to });
  if (!figures) return <p>{problem ? problemWords(problem, say) : ""}</p>;
  const words = from === to ? dayWords(from, language) : say("results.range", { from: dayWords(from, language), to: dayWords(to, language) });
  return (
    <>
      <p className="text-quiet">{words}</p>
      <Difference figures={figures} />
      {figures.rows.length === 0 ? (
        <Empty words={say("results.empty")} />
      ) : (
        <>
          <TypeBars rows={figures.rows} />
          <ProductTable figures={figures} />
          {from !== to && <DayBars days={figures.byDay} />}
        </>
      )}
    </>
  );
}
