/** What failed on phones: only the pages there have told us. */
import { type Check, ok, warning } from "./check.ts";
import type { DoctorParts } from "./parts.ts";

const DAY_MS = 24 * 60 * 60_000;
/** Of the client's functions; anything else is what somebody sent. */
const API = /^[a-zA-Z.]{1,40}$/;

/** What the client said may name groups and people: it is a detail, not a cause. */
export const clients: Check<DoctorParts> = {
  name: "clients",
  title: "员工手机上的失败",
  async run({ sql: open, now }) {
    const sql = await open();
    const rows = await sql<
      {
        api: string | null;
        errcode: string | null;
        said: string | null;
        count: number;
      }[]
    >`
      select detail ->> 'api' as api, detail ->> 'errcode' as errcode,
        max(detail ->> 'errMsg') as said, count(*)::int as count
      from audit_log
      where action = 'client.failed' and at > ${new Date(now() - 7 * DAY_MS)}
      group by 1, 2 order by count(*) desc limit 3`;
    if (rows.length === 0) return ok("七天里没有");
    const told = rows.map(({ api, errcode, count }) => {
      const name = api && API.test(api) ? api : "其他接口";
      return `${name}${errcode === null ? "" : ` ${errcode}`}：${count} 次`;
    });
    const said = rows.flatMap((row) => row.said ?? []);
    return warning(`七天里有人的页面失败了：${told.join("；")}`, {
      place: "应用管理 → 自建应用 → 网页授权及JS-SDK → 可信域名",
      document: "90514",
      ...said.length > 0 && { detail: said.join("；") },
    });
  },
};
