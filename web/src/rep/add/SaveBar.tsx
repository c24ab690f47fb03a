/** The button that saves, at the thumb, and what is still missing. */
import { Button } from "../ui/Button";
import { useSay } from "../words/useSay";

/** It stays in sight. */
export function SaveBar({ missing, isBusy }: { missing: string | null; isBusy: boolean }) {
  const { say } = useSay();
  return (
    <div className="above-bar z-10 -mx-4 border-t border-line bg-page px-4 py-2">
      {missing && <p className="pb-1 text-sm text-quiet">{missing}</p>}
      <Button weight="main" type="submit" data-save className="w-full text-lg" disabled={missing !== null || isBusy}>
        {say("action.save")}
      </Button>
    </div>
  );
}
