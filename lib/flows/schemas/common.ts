/** What answers of all subjects are made of. */
import { z } from "zod";

export const Time = z.iso.datetime().describe("ISO 8601, UTC");
export const Person = z.object({ wxUserId: z.string(), name: z.string() });

export const GROUP_STATUSES = [
  "pending",
  "searching",
  "active",
  "dismissed",
] as const;
export const GroupStatus = z.enum(GROUP_STATUSES);

export const Said = z.object({ title: z.string(), text: z.string() })
  .describe("in words for whoever asks");
export type Said = z.infer<typeof Said>;

export const Done = z.object({ success: z.literal(true) });
