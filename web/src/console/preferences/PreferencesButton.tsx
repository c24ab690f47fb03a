/** The preferences, behind one button. */
import { SlidersHorizontal } from "lucide-react";
import { Dialog, DialogTrigger, Popover } from "react-aria-components";

import { useWords } from "../../messages/useWords";
import { Button } from "../../ui/Button";
import { ChoiceGroup } from "./ChoiceGroup";
import { CHOICES, type Preferences } from "../../ui/preferences/preferences";

const GROUPS = Object.keys(CHOICES) as (keyof Preferences)[];

/** Opens them beside the button. */
export function PreferencesButton() {
  const { say } = useWords();
  return (
    <DialogTrigger>
      <Button variant="quiet" aria-label={say("preferences.title")}>
        <SlidersHorizontal aria-hidden className="size-5" />
      </Button>
      <Popover className="max-w-[calc(100vw-1rem)] overflow-y-auto border border-edge bg-sheet shadow-md">
        <Dialog className="grid w-80 max-w-full gap-4 p-4 outline-none" aria-label={say("preferences.title")}>
          {GROUPS.map((group) => (
            <ChoiceGroup key={group} group={group} />
          ))}
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
