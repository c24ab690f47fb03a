/** What makes a new set-up link. */
const COMMAND = "fieldbook setup-link";

/** The command, to be selected at a press. */
export function SetupCommand() {
  return <code className="border border-edge bg-sheet px-2 py-0.5 text-ink select-all">{COMMAND}</code>;
}
