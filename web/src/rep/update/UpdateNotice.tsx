/** Says that there is a newer version. */
import { Button } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { useSay } from "../words/useSay";
import { useUpdates } from "./UpdateContext";

/** The strip; while a form has something unsaved it says so in the button's place. */
export function UpdateNotice() {
  const { say } = useSay();
  const { isWaiting, isTyping, take } = useUpdates();
  if (!isWaiting) return null;
  return (
    <Notice tone="plain" name="update" words={say(isTyping ? "update.typing" : "update.words")}>
      {!isTyping && <Button onClick={take}>{say("update.take")}</Button>}
    </Notice>
  );
}
