/** Something that has to be answered first, over the page. */
import type { ReactNode } from "react";
import { Dialog, Heading, Modal, ModalOverlay } from "react-aria-components";

/** The sheet; Escape and a press beside it close it. */
export function Sheet(props: { title: string; isOpen: boolean; close: () => void; children: ReactNode }) {
  return (
    <ModalOverlay
      isOpen={props.isOpen}
      onOpenChange={(open) => !open && props.close()}
      isDismissable
      className="fixed inset-0 z-40 grid place-items-center overflow-y-auto bg-page/80 p-4"
    >
      <Modal className="w-full max-w-lg border border-edge bg-sheet p-6 shadow-lg">
        <Dialog className="grid gap-4 outline-none">
          <Heading slot="title" className="text-lg font-semibold">
            {props.title}
          </Heading>
          {props.children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
