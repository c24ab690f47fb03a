/** How high drawn rows are: told after the browser has laid them out, so that scrolling waits for no layout. */

/** Watches the elements of rows; `data-index` says which row each of them shows. */
export class RowWatch {
  readonly #heights = new WeakMap<Element, number>();
  readonly #observer: ResizeObserver;

  constructor(told: (index: number, px: number) => void) {
    this.#observer = new ResizeObserver((entries) => {
      for (const { target, borderBoxSize } of entries) {
        const px = Math.round(borderBoxSize[0]?.blockSize ?? 0);
        this.#heights.set(target, px);
        if (target.isConnected) told(Number(target.getAttribute("data-index")), px);
      }
    });
  }

  /** An element shows another row. It is not told again where it stays as high, unless it is none of the usual height. */
  show(element: Element, usualPx: number): void {
    const px = this.#heights.get(element);
    if (px === usualPx) return;
    this.#observer.observe(element, { box: "border-box" });
  }

  /** An element is gone. */
  leave(element: Element): void {
    this.#heights.delete(element);
    this.#observer.unobserve(element);
  }
}
