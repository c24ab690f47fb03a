/** The product's name. */
import { useWords } from "../../messages/useWords";

/** The name with its mark. */
export function Wordmark({ isSmall = false }: { isSmall?: boolean }) {
  const { say } = useWords();
  return (
    <span className="inline-flex items-center gap-2 font-semibold tracking-tight">
      <svg viewBox="0 0 32 32" className="size-5 shrink-0" aria-hidden>
        <rect width="32" height="32" rx="6" fill="var(--accent)" />
        <path d="M9 7h14v4H13v4h8v4h-8v6H9z" fill="var(--on-accent)" />
        <rect x="17" y="21" width="6" height="4" fill="#f0c069" />
      </svg>
      <span className={isSmall ? "sr-only sm:not-sr-only" : ""}>{say("app.name")}</span>
    </span>
  );
}
