/**
 * The people of a morning: they are pushed, sign in, open their first order, and
 * wait until they can create its group, as the page does.
 */
import { ERP_TOKEN, ORIGIN } from "../support/app.ts";
import { lastMobile } from "./morning_wecom.ts";

/** Who waits for longer than this has seen a place. */
const LOOK_MS = 2_000;

export interface Phase {
  ms: number;
  calls: number;
  /** How often, by what it said. */
  errors: Record<string, number>;
  /** Waited for long and saw no place. */
  blind: number;
}

/** All at once; `act` answers false for who waited and saw no place. */
export async function phase(
  people: string[],
  act: (who: string, n: number) => Promise<boolean>,
): Promise<Omit<Phase, "calls">> {
  const errors: Record<string, number> = {};
  let blind = 0;
  const begun = performance.now();
  await Promise.all(people.map(async (who, n) => {
    try {
      if (!await act(who, n)) blind += 1;
    } catch (error) {
      const said = String(error);
      errors[said] = (errors[said] ?? 0) + 1;
    }
  }));
  return { ms: Math.round(performance.now() - begun), errors, blind };
}

/** Pushes them with an order each, of their last contact. */
export async function hire(
  origin: string,
  people: string[],
  contacts: number,
): Promise<void> {
  const push = async (what: string, rows: unknown[]) => {
    const response = await fetch(`${origin}/api/erp/${what}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${ERP_TOKEN}`,
      },
      body: JSON.stringify({ [what]: rows }),
    });
    if (!response.ok) throw new Error(await response.text());
    await response.body?.cancel();
  };
  await push(
    "staff",
    people.map((wxUserId) => ({ wxUserId, name: wxUserId, role: "designer" })),
  );
  await push(
    "orders",
    people.map((wxUserId) => ({
      orderId: `O-${wxUserId}`,
      customerName: "客户",
      customerPhone: lastMobile(wxUserId, contacts),
      designerWxUserId: wxUserId,
    })),
  );
}

/** Answers the session's cookie. */
export async function signIn(origin: string, who: string): Promise<string> {
  const redirect = "manual" as const;
  const begun = await fetch(`${origin}/auth/login?next=/`, { redirect });
  await begun.body?.cancel();
  const to = new URL(begun.headers.get("location") ?? "");
  const state = to.searchParams.get("state") ?? "";
  const [ticket = ""] = begun.headers.getSetCookie()[0]?.split(";") ?? [];
  const back = await fetch(
    `${origin}/auth/callback?code=code-${who}&state=${state}`,
    { redirect, headers: { cookie: ticket } },
  );
  await back.body?.cancel();
  const session = back.headers.getSetCookie()
    .find((line) => line.startsWith("session="));
  if (back.status !== 302 || !session) throw new Error(`${back.status}`);
  return session.split(";")[0] ?? "";
}

/** Opens the order, and waits until the button is there, as the page does. */
export async function open(
  origin: string,
  who: string,
  cookie: string,
): Promise<boolean> {
  const begun = performance.now();
  const headers = {
    cookie,
    origin: ORIGIN,
    "content-type": "application/json",
  };
  const page = await fetch(`${origin}/orders/O-${who}/group`, { headers });
  const html = await page.text();
  if (page.status !== 200) throw new Error(`page ${page.status}`);
  if (/data-testid="error-/.test(html)) {
    throw new Error("the page has an error");
  }
  let saw = /前面还有 \d+ 位/.test(html);
  while (!/data-testid="create-group"/.test(html)) {
    saw = await read(origin, headers) || saw;
    const answer = await fetch(`${origin}/api/runFlow`, {
      method: "POST",
      headers,
      body: JSON.stringify({ flowId: "customer.match", orderId: `O-${who}` }),
    });
    const { data, error } = await answer.json();
    if (error) throw new Error(error);
    if (data.status === "matched") break;
    if (data.status !== "syncing") throw new Error(data.status);
  }
  return saw || performance.now() - begun < LOOK_MS;
}

/** Follows the progress to its end; answers whether there was a place. */
async function read(
  origin: string,
  headers: Record<string, string>,
): Promise<boolean> {
  const response = await fetch(`${origin}/api/contacts/sync`, {
    method: "POST",
    headers,
    body: "{}",
  });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  const lines = text.trim().split("\n").map((line) => JSON.parse(line));
  const failed = lines.find((line) => line.error);
  if (failed) throw new Error(failed.error);
  return lines.some((line) => line.place > 0);
}
