/** What is typed and not stored yet, always in reach. */
import { useWords } from "../../../messages/useWords";
import { Button } from "../../../ui/Button";

/** At the lower edge of the screen. */
export function SaveBar({ number, isSaving, onUndo }: { number: number; isSaving: boolean; onUndo: () => void }) {
  const { say } = useWords();
  return (
    <div className="sticky bottom-0 z-10 -mx-1 flex flex-wrap items-center justify-between gap-3 border-t border-edge bg-sheet px-3 py-2 shadow-md">
      <span role="status" className="text-sm">
        {say("settings.changes", { n: number })}
      </span>
      <span className="flex flex-wrap gap-2">
        <Button onPress={onUndo}>{say("settings.undo")}</Button>
        <Button type="submit" variant="primary" isPending={isSaving}>
          {say("action.save")}
        </Button>
      </span>
    </div>
  );
}
