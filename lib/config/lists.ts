/** Several values in one text. */

/** Parts between commas, without blanks around them. */
export function list(text: string | undefined): string[] {
  return (text ?? "").split(",").map((part) => part.trim()).filter(Boolean);
}
