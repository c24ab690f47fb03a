/** The figures by product, with their sum. */
import { wonExact } from "../../ui/numbers";
import type { OwnFigures, Sums } from "../engine/contract";
import { useSay } from "../words/useSay";

const CELL = "border-b border-line py-2 align-baseline";

/** The table. */
export function ProductTable({ figures }: { figures: OwnFigures }) {
  const { say, language } = useSay();
  const cells = (sums: Sums) => (
    <>
      <td className={`${CELL} text-right`}>{sums.sold}</td>
      <td className={`${CELL} text-right`}>{sums.withdrawn}</td>
      <td className={`${CELL} text-right wrap-anywhere`}>{wonExact(sums.premiumNetWon, language)}</td>
    </>
  );
  return (
    <table className="w-full table-fixed text-sm">
      <caption className="pb-1 text-left text-lg font-semibold">{say("results.products")}</caption>
      <thead className="text-quiet">
        <tr>
          <th scope="col" className={`${CELL} w-1/3 text-left font-normal`}>
            {say("field.product")}
          </th>
          <th scope="col" className={`${CELL} text-right font-normal`}>
            {say("results.sold")}
          </th>
          <th scope="col" className={`${CELL} text-right font-normal`}>
            {say("results.withdrawn")}
          </th>
          <th scope="col" className={`${CELL} w-1/3 text-right font-normal`}>
            {say("results.premium")}
          </th>
        </tr>
      </thead>
      <tbody>
        {figures.rows.map((row) => (
          <tr key={row.product}>
            <th scope="row" className={`${CELL} text-left font-normal wrap-anywhere`}>
              {row.name}
            </th>
            {cells(row.sums)}
          </tr>
        ))}
      </tbody>
      <tfoot className="font-semibold">
        <tr>
          <th scope="row" className={`${CELL} text-left`}>
            {say("results.total")}
          </th>
          {cells(figures.total)}
        </tr>
      </tfoot>
    </table>
  );
}
