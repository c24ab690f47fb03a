/** For who goes through the page by keyboard. */
import { useSay } from "../words/useSay";

/** Leads past what stands on every page. */
export function Skip() {
  const { say } = useSay();
  return (
    <button
      type="button"
      className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:bg-sheet focus:p-3"
      onClick={() => {
        const main = document.querySelector("main");
        main?.setAttribute("tabindex", "-1");
        main?.focus();
      }}
    >
      {say("frame.skip")}
    </button>
  );
}
