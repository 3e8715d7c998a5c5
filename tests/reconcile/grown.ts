/** A company of designers who have groups already. */
import type { WorldSeed } from "../../lib/sandbox/mod.ts";
import type { Company } from "./support.ts";

/** `owners` designers with `each` groups. */
export function grown(owners: number, each: number): WorldSeed {
  return {
    kind: "built",
    build(world) {
      for (let n = 1; n <= owners; n++) {
        const userId = `d${String(n).padStart(4, "0")}`;
        world.staff({ userId, name: `设计师${n}` });
        const externalUserId = world.quickCustomer(`客户${n}`, "13800000001");
        world.follows({ userId, externalUserId });
        for (let i = 0; i < each; i++) {
          world.chat({
            owner: userId,
            name: `${n}-${i}`,
            externalUserIds: [externalUserId],
          });
        }
      }
    },
  };
}

export async function pushStaff({ services, sandbox }: Company): Promise<void> {
  const staff = [...sandbox.world.state.staff.values()].map((one) => ({
    wxUserId: one.userId,
    name: one.name,
    role: "designer" as const,
  }));
  await services.staff.upsert({ staff });
}

/** WeCom's list of groups in pages of ten, so that few groups are several pages. */
export function shortPages({ sandbox }: Company): void {
  const { api } = sandbox;
  Object.assign(sandbox, {
    async api(request: Request) {
      if (!request.url.includes("groupchat/list")) return await api(request);
      const body = { ...await request.json(), limit: 10 };
      const { url, method, headers } = request;
      return await api(
        new Request(url, { method, headers, body: JSON.stringify(body) }),
      );
    },
  });
}
