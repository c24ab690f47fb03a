/** Reads the code of an invitation with the camera, where the browser knows how. */
import { useEffect, useRef, useState } from "react";

import { Button } from "../ui/Button";
import { useSay } from "../words/useSay";
import { codeIn } from "./pairingCode";

interface Detector {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}

/** Pictures a second that are looked at. */
const LOOK_EVERY_MS = 250;

/** What the camera sees, until there is a code in it. */
export default function QrScanner({ onFound, close }: { onFound: (code: string) => void; close: () => void }) {
  const { say } = useSay();
  const video = useRef<HTMLVideoElement>(null);
  const found = useRef(onFound);
  found.current = onFound;
  const [isRefused, setRefused] = useState(false);
  useEffect(() => {
    const place = video.current;
    if (!place) return;
    return scan(place, (code) => found.current(code), () => setRefused(true));
  }, []);
  return (
    <div className="grid gap-2">
      {isRefused ? (
        <p role="alert">{say("pair.scan.refused")}</p>
      ) : (
        <video ref={video} aria-label={say("pair.scan.video")} muted playsInline className="aspect-square w-full bg-well object-cover" />
      )}
      <Button onClick={close}>{say("action.close")}</Button>
    </div>
  );
}

/** Begins; the answer ends it and lets the camera go. */
function scan(video: HTMLVideoElement, onFound: (code: string) => void, onRefused: () => void): () => void {
  const { BarcodeDetector } = globalThis as unknown as { BarcodeDetector: new (options: { formats: string[] }) => Detector };
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  let stream: MediaStream | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  const look = async () => {
    const seen = await detector.detect(video).catch(() => []);
    const code = seen.map(({ rawValue }) => codeIn(rawValue)).find((one) => one !== null);
    if (isOver) return;
    if (code) onFound(code);
    else timer = setTimeout(() => void look(), LOOK_EVERY_MS);
  };
  const end = () => {
    isOver = true;
    clearTimeout(timer);
    stream?.getTracks().forEach((track) => track.stop());
  };
  const begin = async () => {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    if (isOver) return end();
    video.srcObject = stream;
    await video.play();
    await look();
  };
  begin().catch(onRefused);
  return end;
}
