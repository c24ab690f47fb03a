/** Where a view will be, while its first answer is on the way. */
import { useWords } from "../../messages/useWords";

/** Quiet shapes of a title, figures and rows. */
export function Skeleton() {
  const { say } = useWords();
  return (
    <div role="status" className="grid animate-pulse gap-6 py-2">
      <span className="sr-only">{say("state.loading")}</span>
      <div className="h-8 w-64 max-w-full bg-well" />
      <div className="grid grid-cols-2 gap-px md:grid-cols-4">
        {[0, 1, 2, 3].map((number) => (
          <div key={number} className="h-24 bg-well" />
        ))}
      </div>
      <div className="grid gap-2">
        {[0, 1, 2, 3, 4, 5].map((number) => (
          <div key={number} className="h-7 bg-well" />
        ))}
      </div>
    </div>
  );
}
