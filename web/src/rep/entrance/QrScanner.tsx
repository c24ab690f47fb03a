/** Reads the code of an invitation with the camera. */
import { useEffect, useRef, useState } from "react";

import { Button } from "../ui/Button";
import { useSay } from "../words/useSay";
import { codeIn } from "./pairingCode";

interface Detector {
  detect(source: HTMLVideoElement): Promise<readonly { rawValue: string }[]>;
}

interface DetectorKind {
  new (options: { formats: [typeof QR] }): Detector;
  getSupportedFormats(): Promise<readonly string[]>;
}

const QR = "qr_code";
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

/** The browser's own reader, which is quick; ours where it has none, as on iPhones, or one that reads other codes. */
async function makeDetector(): Promise<Detector> {
  const { BarcodeDetector: Own } = globalThis as unknown as { BarcodeDetector?: DetectorKind };
  const formats = Own ? await Own.getSupportedFormats() : [];
  const Chosen: DetectorKind = Own && formats.includes(QR) ? Own : (await import("qr/decode.js")).BarcodeDetector;
  return new Chosen({ formats: [QR] });
}

/** Begins; the answer ends it and lets the camera go. */
function scan(video: HTMLVideoElement, onFound: (code: string) => void, onRefused: () => void): () => void {
  let stream: MediaStream | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  const look = async (detector: Detector) => {
    const seen = await detector.detect(video).catch(() => []);
    const code = seen.map(({ rawValue }) => codeIn(rawValue)).find((one) => one !== null);
    if (isOver) return;
    if (code) onFound(code);
    else timer = setTimeout(() => void look(detector), LOOK_EVERY_MS);
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
    await look(await makeDetector());
  };
  begin().catch(() => {
    // Closed meanwhile: what was begun ends by itself.
    if (!isOver) onRefused();
  });
  return end;
}
