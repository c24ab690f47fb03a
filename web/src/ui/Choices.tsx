/** What a menu button opens. */
import { Menu, MenuItem, Popover } from "react-aria-components";

/** One thing to choose. */
export interface Choice {
  readonly id: string;
  readonly words: string;
}

/** A list of things to do. */
export function Choices(props: { label: string; items: readonly Choice[]; onChoose: (id: string) => void }) {
  return (
    <Popover className="min-w-48 border border-edge bg-sheet shadow-md">
      <Menu aria-label={props.label} onAction={(key) => props.onChoose(String(key))} className="py-1 outline-none">
        {props.items.map(({ id, words }) => (
          <MenuItem
            key={id}
            id={id}
            textValue={words}
            className="min-h-9 cursor-pointer px-4 py-2 text-sm outline-none data-[focused]:bg-tint"
          >
            {words}
          </MenuItem>
        ))}
      </Menu>
    </Popover>
  );
}
