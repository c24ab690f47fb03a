/** PINs: six digits, none that anybody tries first. Pure. */

/** Digits of a PIN. */
export const PIN_DIGITS = 6;

const UP = "01234567890123456789";
const DOWN = "98765432109876543210";

/** What was typed, without what is no digit. */
export function typedPin(text: string): string {
  return text.replace(/\D/g, "").slice(0, PIN_DIGITS);
}

/** Whether all digits are there. */
export function isWhole(pin: string): boolean {
  return pin.length === PIN_DIGITS;
}

/** Whether it is one of those that anybody tries first: a row up or down, one digit, or a part again and again. */
export function isEasy(pin: string): boolean {
  const isRepeated = [1, 2, 3].some((length) => pin === pin.slice(0, length).repeat(PIN_DIGITS / length));
  return isRepeated || UP.includes(pin) || DOWN.includes(pin);
}
