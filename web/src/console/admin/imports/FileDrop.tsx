/** Where a file is chosen, or dropped by who likes to drag; nothing needs dragging. */
import { FileUp } from "lucide-react";
import { type DragEvent, useState } from "react";

import { useWords } from "../../../messages/useWords";

interface Props {
  readonly file: File | null;
  readonly isBusy: boolean;
  readonly onChosen: (file: File) => void;
}

/** The place. */
export function FileDrop({ file, isBusy, onChosen }: Props) {
  const { say } = useWords();
  const [isOver, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const [dropped] = event.dataTransfer.files;
    if (dropped) onChosen(dropped);
  };
  return (
    <label
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
      className={`grid cursor-pointer justify-items-center gap-1 border border-dashed border-edge px-4 py-8 text-center has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent ${isOver ? "bg-tint" : "bg-sheet hover:bg-well"}`}
    >
      <input
        type="file"
        name="file"
        accept=".csv,.xlsx"
        className="sr-only"
        onChange={(event) => {
          const [chosen] = event.target.files ?? [];
          if (chosen) onChosen(chosen);
          // The same file may be chosen again, once it is put right.
          event.target.value = "";
        }}
      />
      <FileUp aria-hidden className="size-6 text-quiet" />
      <span className="font-medium underline underline-offset-4">{file ? file.name : say("import.choose")}</span>
      <span role="status" className="text-sm text-quiet">
        {say(isBusy ? "import.looking" : file ? "import.choose-other" : "import.drop")}
      </span>
    </label>
  );
}
