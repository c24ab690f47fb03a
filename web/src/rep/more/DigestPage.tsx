/** What others did to this book while one was away. */
import { Link } from "wouter";

import { useAct } from "../book/useAct";
import { useAnswer } from "../book/useAnswer";
import { Page } from "../frame/Page";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { momentWords } from "../ui/moments";
import { useNow } from "../ui/useNow";
import { fieldName } from "../words/names";
import { useSay } from "../words/useSay";

/** The page. */
export default function DigestPage() {
  const { say, language } = useSay();
  const act = useAct();
  const nowMs = useNow();
  const { value: digest } = useAnswer("digest");
  return (
    <Page title={say("digest.title")} back="/more">
      {digest && (
        <div className="grid gap-4">
          <p className="text-quiet">{say("digest.since", { time: momentWords(digest.since, language, nowMs) })}</p>
          {digest.lines.length === 0 && <Empty words={say("digest.empty")} />}
          <ol>
            {digest.lines.map((line, index) => (
              <li key={index} data-digest={line.what} className="border-b border-line py-2">
                <Link href={`/customers/${line.document}`} className="grid min-h-12 content-center no-underline">
                  <span className="font-medium wrap-anywhere">{line.title}</span>
                  <span>
                    {say(`digest.${line.what}`)}
                    {line.fields.length > 0 && `: ${line.fields.map((field) => fieldName(field, say)).join(", ")}`}
                  </span>
                  <span className="text-sm text-quiet">{say("activity.who", { time: momentWords(line.at, language, nowMs), author: line.author })}</span>
                </Link>
              </li>
            ))}
          </ol>
          {digest.lines.length > 0 && (
            <Button weight="main" onClick={() => void act((book) => book.call("digestSeen"), "digest.seen")}>
              {say("digest.see")}
            </Button>
          )}
        </div>
      )}
    </Page>
  );
}
