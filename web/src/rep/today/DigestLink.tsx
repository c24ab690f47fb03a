/** Says that others did something to this book. */
import { Link } from "wouter";

import { useAnswer } from "../book/useAnswer";
import { buttonClass } from "../ui/buttonClass";
import { useSay } from "../words/useSay";

/** The way to the digest; nothing where there is none. */
export function DigestLink() {
  const { say } = useSay();
  const lines = useAnswer("digest").value?.lines.length ?? 0;
  if (lines === 0) return null;
  return (
    <Link href="/more/digest" className={`${buttonClass("plain")} justify-start`}>
      {say("digest.link", { n: lines })}
    </Link>
  );
}
