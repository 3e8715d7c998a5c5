/** One of the racing processes; its argument is `{place, base, calls}` as JSON. */
import { Secret } from "../../lib/config/secret.ts";
import { silentLog } from "../../lib/http/log.ts";
import { createWecomClient, getFollowUserList } from "../../lib/wecom/mod.ts";
import { openPlace, type Place, sleep } from "../store/cache_support.ts";

const { place, base, calls }: { place: Place; base: string; calls: number } =
  JSON.parse(
    Deno.args[0] ?? "",
  );
const { cache, close } = await openPlace(place, Date.now);
const client = createWecomClient({
  corpId: "ww01",
  agentId: "1000002",
  secret: new Secret("secret"),
  apiBase: base,
  fetch,
  now: Date.now,
  random: Math.random,
  sleep,
  log: silentLog,
  cache,
});

async function together(name: string): Promise<void> {
  await (await fetch(`${base}/barrier?name=${name}`)).text();
  await Promise.all(
    Array.from(
      { length: calls },
      () => client.call(getFollowUserList, undefined),
    ),
  );
}

await together("cold");
await together("expired");
await close();
