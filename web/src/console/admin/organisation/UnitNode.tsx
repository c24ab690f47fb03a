/** A unit of the tree that can be opened. */
import { useState } from "react";

import type { Organisation } from "../../types";
import { UnitBelow } from "./UnitBelow";
import { UnitLine } from "./UnitLine";
import type { Choosing } from "./UnitTree";

/** The unit, and what is below it once it is open. */
export function UnitNode({ unit, ...choosing }: { unit: Organisation["units"][number] } & Choosing) {
  const [isOpen, setOpen] = useState(false);
  return (
    <li>
      <UnitLine
        unit={unit}
        isChosen={choosing.chosen === unit.unit}
        onChosen={choosing.onChosen}
        {...(unit.level === "rep" ? {} : { isOpen, onToggle: () => setOpen(!isOpen) })}
      />
      {isOpen && <UnitBelow unit={unit.unit} {...choosing} />}
    </li>
  );
}
