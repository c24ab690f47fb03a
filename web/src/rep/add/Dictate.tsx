/** A microphone beside a note; nothing where the browser would send what it hears to somebody. */
import { Mic, Square } from "lucide-react";
import { useEffect, useRef, useState } from "react";

import { tagOf } from "../../ui/numbers";
import { useToast } from "../frame/ToastContext";
import { Button } from "../ui/Button";
import { useSay } from "../words/useSay";
import { type Browser, listen, type Recogniser, type Recognition, recogniserOf } from "./speech";

/** The button: one tap listens, the next one stops. */
export function Dictate({ onHeard }: { onHeard: (text: string) => void }) {
  const { say, language } = useSay();
  const { show } = useToast();
  const [made, setMade] = useState<{ recogniser: Recogniser } | null>(null);
  const [isListening, setListening] = useState(false);
  const running = useRef<Recognition | null>(null);
  const tag = tagOf(language);
  useEffect(() => {
    let isOver = false;
    void recogniserOf(window as Browser, tag).then((recogniser) => !isOver && setMade(recogniser && { recogniser }));
    return () => {
      isOver = true;
      running.current?.abort();
      running.current = null;
    };
  }, [tag]);
  if (!made) return null;
  const toggle = () => {
    if (running.current) {
      running.current.stop();
      return;
    }
    setListening(true);
    running.current = listen(made.recogniser, tag, onHeard, (hasFailed) => {
      running.current = null;
      setListening(false);
      if (hasFailed) show({ words: say("dictate.failed"), isProblem: true });
    });
  };
  const Icon = isListening ? Square : Mic;
  return (
    <Button data-dictate={isListening ? "on" : "off"} aria-pressed={isListening} className="justify-self-start" onClick={toggle}>
      <Icon aria-hidden className="size-5" />
      {say(isListening ? "dictate.stop" : "dictate.start")}
    </Button>
  );
}
