/** A button, in the weights the console has. */
import { Button as AriaButton, type ButtonProps } from "react-aria-components";

import { type Variant, buttonClass } from "./buttonClass";

/** A button. */
export function Button({ variant = "plain", className, ...props }: ButtonProps & { variant?: Variant }) {
  const own = typeof className === "string" ? className : "";
  return <AriaButton {...props} className={`${buttonClass(variant)} ${own}`} />;
}
