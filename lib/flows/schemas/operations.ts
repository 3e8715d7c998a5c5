/** The company's settings, runs of the reconciler, events that could not be settled. */
import { z } from "zod";
import { SETTINGS } from "../../settings/definitions.ts";
import { Time } from "./common.ts";

export const Changed = z.object({
  by: z.string().describe("the name of who changed it last"),
  at: Time,
});

export const Settings = z.object({
  values: z.object(SETTINGS),
  changed: z.record(z.string(), Changed)
    .describe("by the setting's name; absent: it has its default"),
});
export type Settings = z.infer<typeof Settings>;

const Tally = z.record(z.string(), z.number().int());

export const SyncRun = z.object({
  runId: z.string(),
  kind: z.enum(["nightly", "task", "demand"]),
  state: z.enum(["running", "done", "cut", "failed"])
    .describe("cut: stopped before its end; the next run goes on with it"),
  startedAt: Time,
  endedAt: Time.nullable(),
  counts: Tally,
  calls: Tally.describe("calls to WeCom by endpoint"),
  errors: Tally.describe("by endpoint and code"),
  progress: z.object({
    step: z.enum(["creations", "lists", "groups", "late", "contacts"]),
    done: z.number().int(),
    of: z.number().int(),
  }).nullable().describe("how far the step is that the run is at"),
});

export const DeadLetter = z.object({
  taskId: z.string(),
  subject: z.string().describe("chat/<chatId> or contact/<externalUserId>"),
  attempts: z.number().int(),
  lastError: z.string(),
  diedAt: Time,
  events: z.array(z.object({
    eventId: z.string(),
    receivedAt: Time,
    event: z.string(),
    changeType: z.string(),
  })),
});
