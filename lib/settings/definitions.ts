/**
 * The settings by name: what each may be, and what it is until somebody changes
 * it. One that is added here is read, kept and audited like the others; it needs a
 * field on its page (`lib/ui/pages/settings_page.tsx`).
 */
import { z } from "zod";

/** What the welcome may name. */
export const PLACEHOLDERS = [
  "customerName",
  "designerName",
  "storeName",
] as const;

/** A message to customers holds 4,000 bytes (92137). */
const MOST_WELCOME = 1_000;
/** 1 to 64 bytes, letters, digits and `_-@.` (90196). */
const UserId = z.string().regex(/^[\w.@-]{0,64}$/, "不是企业微信账号");

const Welcome = z.string().trim().min(1, "不能为空")
  .max(MOST_WELCOME, `最多 ${MOST_WELCOME} 个字`)
  .refine((text) => strangeIn(text) === null, {
    error: ({ input }) =>
      `不认识 ${strangeIn(String(input))}，只能用 ${
        PLACEHOLDERS.map((name) => `{${name}}`).join(" ")
      }`,
  });

export const SETTINGS = {
  /** Sent by a person at the end of the job, into the group. */
  welcome: Welcome,
  /** Who joins where a group would be one colleague and one customer. */
  secondColleague: UserId,
  /** The same by the store's name; a store without one has the company's. */
  storeColleagues: z.record(z.string().trim().min(1).max(64), UserId.min(1)),
  /** Whether colleagues are reminded by a card (`order.remind`). */
  reminders: z.boolean(),
};

export type SettingName = keyof typeof SETTINGS;
export type SettingValues = {
  [N in SettingName]: z.output<typeof SETTINGS[N]>;
};

export const DEFAULTS: SettingValues = {
  welcome: "{customerName}您好，我是{storeName}的设计师{designerName}。" +
    "这是为您建的专属服务群，量房、方案、施工的进度都会发在这里，" +
    "您有任何问题随时在群里说，我们会尽快回复。",
  secondColleague: "",
  storeColleagues: {},
  reminders: true,
};

/** A placeholder that nobody fills in. */
function strangeIn(text: string): string | null {
  const known: ReadonlySet<string> = new Set(PLACEHOLDERS);
  for (const [whole, name = ""] of text.matchAll(/\{([^{}\n]*)\}/g)) {
    if (!known.has(name)) return whole;
  }
  return null;
}

/** The welcome for one order. Names are put in as they are, in one pass. */
export function welcomeFor(
  { welcome }: Pick<SettingValues, "welcome">,
  names: {
    customerName: string;
    designerName: string;
    storeName: string | null;
  },
): string {
  // Without a store nobody is "of" one.
  const text = names.storeName ? welcome : welcome.replaceAll(
    "{storeName}的",
    "",
  );
  return text.replace(
    /\{(customerName|designerName|storeName)\}/g,
    (_, name: typeof PLACEHOLDERS[number]) => names[name] ?? "",
  );
}

/** Who joins a group of this store's order; null: nobody was named. */
export function secondColleagueOf(
  { secondColleague, storeColleagues }: Pick<
    SettingValues,
    "secondColleague" | "storeColleagues"
  >,
  storeName: string | null,
): string | null {
  const own = storeName !== null && Object.hasOwn(storeColleagues, storeName)
    ? storeColleagues[storeName]
    : undefined;
  return own || secondColleague || null;
}
