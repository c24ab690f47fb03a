/** The regions in their true shapes. Boundaries: @svg-maps/south-korea, CC BY 4.0. */
import korea from "@svg-maps/south-korea";
import { Link } from "@tanstack/react-router";

import { useWords } from "../../messages/useWords";
import { wonShort } from "../../ui/numbers";
import { shapeOf } from "./provinces";
import type { UnitRow } from "./unitRows";

interface Props {
  readonly rows: readonly UnitRow[];
  /** The days, as addresses carry them. */
  readonly days: { readonly from?: string; readonly to?: string };
}

/** The map; provinces without a region of their own are left pale. */
export function ProvinceMap({ rows, days }: Props) {
  const { say, language } = useWords();
  const byShape = new Map(rows.map((row) => [shapeOf(row.name), row]));
  const most = Math.max(1, ...rows.map((row) => row.premium_net_won));
  return (
    <figure className="max-w-sm">
      <svg viewBox={korea.viewBox} className="h-auto w-full" data-province-map="">
        {korea.locations.map(({ id, path }) => {
          const row = byShape.get(id);
          if (!row) return <path key={id} d={path} className="province province-empty" />;
          const words = `${row.name} ${wonShort(row.premium_net_won, language)}`;
          const share = Math.round((Math.max(0, row.premium_net_won) / most) * 100);
          return (
            <Link key={id} to="/unit/$unit" params={{ unit: row.unit }} search={days} aria-label={words}>
              <path d={path} className="province" ref={(shape) => shape?.style.setProperty("--share", String(share))}>
                <title>{words}</title>
              </path>
            </Link>
          );
        })}
      </svg>
      <figcaption className="text-xs text-quiet">{say("map.credit")}</figcaption>
    </figure>
  );
}
