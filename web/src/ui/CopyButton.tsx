/** Puts a text where it can be pasted from. */
import { Check, Copy } from "lucide-react";
import { useState } from "react";

import { Button } from "./Button";

interface Props {
  readonly text: string;
  readonly words: string;
  readonly done: string;
  /** Where there is no clipboard to be had. */
  readonly onFailed: () => void;
}

/** The button; it says when it is done. */
export function CopyButton({ text, words, done, onFailed }: Props) {
  const [isDone, setDone] = useState(false);
  const copy = () => {
    // Without a secure address there is no clipboard at all.
    const clipboard = navigator.clipboard as Clipboard | undefined;
    const copied = clipboard ? clipboard.writeText(text) : Promise.reject(new Error("no clipboard"));
    copied.then(() => setDone(true), onFailed);
  };
  const Icon = isDone ? Check : Copy;
  return (
    <>
      <Button onPress={copy}>
        <Icon aria-hidden className="size-4" />
        {isDone ? done : words}
      </Button>
      <span role="status" className="sr-only">
        {isDone && done}
      </span>
    </>
  );
}
