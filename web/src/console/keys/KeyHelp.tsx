/** The list of keys. */
import { Dialog, Heading, Modal, ModalOverlay } from "react-aria-components";

import { useWords } from "../../messages/useWords";
import type { MessageId } from "../../messages/words";
import { Button } from "../../ui/Button";

const KEYS: readonly [string, MessageId][] = [
  ["/", "keys.search"],
  ["g h", "keys.nation"],
  ["g r", "keys.region"],
  ["g b", "keys.branch"],
  ["j  k", "keys.rows"],
  ["Enter", "keys.open"],
  ["Backspace", "keys.up"],
  ["e", "keys.export"],
  ["?", "keys.help"],
];

/** Shows it. */
export function KeyHelp({ isOpen, close }: { isOpen: boolean; close: () => void }) {
  const { say } = useWords();
  return (
    <ModalOverlay
      isOpen={isOpen}
      onOpenChange={(open) => !open && close()}
      isDismissable
      className="fixed inset-0 z-40 grid place-items-center overflow-y-auto bg-page/80 p-4"
    >
      <Modal className="w-full max-w-md border border-edge bg-sheet p-6 shadow-lg">
        <Dialog className="grid gap-4 outline-none">
          <Heading slot="title" className="text-lg font-semibold">
            {say("keys.title")}
          </Heading>
          <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-1.5 text-sm">
            {KEYS.map(([key, words]) => (
              <div key={key} className="contents">
                <dt>
                  <kbd className="border border-edge bg-well px-1.5 font-sans text-xs">{key}</kbd>
                </dt>
                <dd>{say(words)}</dd>
              </div>
            ))}
          </dl>
          <Button onPress={close}>{say("action.close")}</Button>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
