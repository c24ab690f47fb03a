/** A button for a thumb. */
import type { ButtonHTMLAttributes } from "react";

import { buttonClass, type Weight } from "./buttonClass";

/** The button; it submits nothing unless told to. */
export function Button({ weight = "plain", className = "", ...props }: ButtonHTMLAttributes<HTMLButtonElement> & { weight?: Weight }) {
  return <button type="button" {...props} className={`${buttonClass(weight)} ${className}`} />;
}
