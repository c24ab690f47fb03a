/** Phone numbers as links. Pure. */

/** Digits and a leading plus: all that a dialler takes. */
function dialled(phone: string): string {
  const digits = phone.replace(/\D/g, "");
  return phone.trim().startsWith("+") ? `+${digits}` : digits;
}

/** Calls. */
export function telLink(phone: string): string {
  return `tel:${dialled(phone)}`;
}

/** Writes a short message. */
export function smsLink(phone: string): string {
  return `sms:${dialled(phone)}`;
}
