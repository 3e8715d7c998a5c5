/**
 * A short list of contacts is read while the page is made; a long one goes on
 * being read behind the page, which then shows how far it is.
 */
import { briefly } from "../http/briefly.ts";
import type { Contacts } from "./contacts.ts";

const PATIENCE_MS = 1_000;

export type BriefRead = "read" | "reading" | { failed: unknown };

/** Waits for the person's first read, but not for long. Never throws. */
export async function readBriefly(
  contacts: Contacts,
  wxUserId: string,
): Promise<BriefRead> {
  const reading = contacts.firstRead(wxUserId).then(
    (): BriefRead => "read",
    (failed: unknown): BriefRead => ({ failed }),
  );
  const read = await briefly(reading, PATIENCE_MS);
  return read === "late" ? "reading" : read;
}
