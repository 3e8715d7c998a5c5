/** Mode, database, cache: what is ours, and what the ERP and WeCom have told us. */
import { readBacklog } from "../inbox/backlog.ts";
import { ownerOf } from "../owner/owner.ts";
import { checkCanary } from "../owner/canary.ts";
import { refuseEncoding } from "../owner/encoding.ts";
import { checkCompany } from "../owner/mark.ts";
import { worksHere } from "../staff/works_here.ts";
import { schemaState } from "../store/schema_state.ts";
import {
  ADMIN,
  type Check,
  ERP,
  failed,
  ok,
  unknown,
  warning,
} from "./check.ts";
import type { DoctorParts } from "./parts.ts";
import { clients } from "./phones.ts";

const DAY_MS = 24 * 60 * 60_000;
const OLDEST_POSTGRES = 13;

type Ours = Check<DoctorParts>;

const mode: Ours = {
  name: "mode",
  title: "运行模式",
  run({ config }) {
    return Promise.resolve(
      config.mode === "wecom"
        ? ok(`真实企业 ${config.wecom.corpId}`)
        : warning("沙箱：模拟的企业，数据都是编的", {
          place: "环境变量 WECOM_CORP_ID、WECOM_AGENT_ID、WECOM_SECRET",
        }),
    );
  },
};

const database: Ours = {
  name: "database",
  title: "数据库能读写",
  async run({ sql: open, config }) {
    const sql = await open();
    const [row] = await sql<
      { version: number; readOnly: boolean; mayWrite: boolean }[]
    >`
      select current_setting('server_version_num')::int as version,
        current_setting('transaction_read_only') = 'on' as read_only,
        coalesce( -- Of a list one right would do.
          has_table_privilege(to_regclass('customer_order'), 'select')
          and has_table_privilege(to_regclass('customer_order'), 'insert')
          and has_table_privilege(to_regclass('customer_order'), 'update')
          and has_table_privilege(to_regclass('customer_order'), 'delete'),
          true) as may_write`;
    if (!row) throw new Error("No answer");
    const version = Math.floor(row.version / 10_000);
    if (row.readOnly) return failed("数据库是只读的");
    if (!row.mayWrite) {
      return failed(
        "数据库角色没有读写订单表的权限，见 docs/deployment.md 的角色 SQL",
      );
    }
    if (version < OLDEST_POSTGRES) {
      return warning(
        `Postgres ${version} 太旧，请用 ${OLDEST_POSTGRES} 或更新`,
      );
    }
    return ok(config.databaseUrl ? `Postgres ${version}` : "内置数据库");
  },
};

const schema: Ours = {
  name: "schema",
  title: "数据库迁移",
  async run({ sql }) {
    const state = await schemaState(await sql());
    return state === "older"
      ? failed("数据库比程序旧：请运行 deno task migrate")
      : ok(state === "newer" ? "比程序新，可以运行" : "和程序一致");
  },
};

const encoding: Ours = {
  name: "encoding",
  title: "数据库编码",
  async run({ sql, config }) {
    await refuseEncoding(await sql(), ownerOf(config).database);
    return ok("UTF8");
  },
};

const company: Ours = {
  name: "company",
  title: "数据库属于这家企业",
  async run({ sql, config }) {
    await checkCompany(await sql(), ownerOf(config));
    return ok("一致");
  },
};

const dataKey: Ours = {
  name: "data-key",
  title: "DATA_KEY 能打开数据库里的号码",
  async run({ sql, vault }) {
    await checkCanary(await sql(), vault);
    return ok("一致");
  },
};

const cache: Ours = {
  name: "cache",
  title: "缓存能读写",
  async run({ cache: open, config, now }) {
    const cache = await open();
    const key = `doctor:${crypto.randomUUID()}`;
    await cache.set(key, "1", now() + 10_000);
    if ((await cache.get(key))?.value !== "1") {
      return failed("缓存写入后读不出来");
    }
    await cache.deleteIf(key, "1");
    if (config.cacheStore === "postgres") return ok("Postgres");
    return config.onDenoDeploy
      ? unknown("平台的 KV 是否持久，接口查不到：请确认应用已分配 KV")
      : ok("Deno KV。同一台主机上有多个进程时请设 CACHE_STORE=postgres");
  },
};

const staff: Ours = {
  name: "staff",
  title: "ERP 推送了员工",
  async run({ sql: open }) {
    const sql = await open();
    const [row] = await sql<{ count: number; designers: number }[]>`
      select count(*)::int as count,
        count(*) filter (where role = 'designer')::int as designers
      from staff where ${worksHere(sql)}`;
    const { count = 0, designers = 0 } = row ?? {};
    if (count === 0) {
      return failed("一位员工都没有：ERP 还没有推送 /api/erp/staff", {
        who: ERP,
      });
    }
    return designers === 0
      ? warning(`${count} 位员工里没有设计师`, { who: ERP })
      : ok(`${count} 位，其中设计师 ${designers} 位`);
  },
};

const orders: Ours = {
  name: "orders",
  title: "ERP 推送了订单",
  async run({ sql: open, config }) {
    const sql = await open();
    const [row] = await sql<{ some: boolean; latest: Date | null }[]>`
      select exists (select 1 from customer_order) as some,
        (select updated_at from customer_order
          order by updated_at desc limit 1) as latest`;
    if (row?.some) return ok(`最近一次 ${row.latest?.toISOString() ?? "未知"}`);
    return config.erp.inboundToken || config.erp.runFlow
      ? warning("还没有订单", { who: ERP })
      : failed(
        "没有订单，也没有订单的来源：请设置 ERP_INBOUND_TOKEN，或 ERP_RUNFLOW_URL 和 ERP_FLOW_ORDER",
      );
  },
};

const events: Ours = {
  name: "events",
  title: "企业微信的回调在到达",
  document: "90930",
  async run({ sql: open, config, now }) {
    if (config.mode === "sandbox") return ok("沙箱直接送达");
    if (!config.wecom.callback) {
      return failed(
        "没有设置 WECOM_CALLBACK_TOKEN 和 WECOM_CALLBACK_AES_KEY，收不到客户和群的变化",
        { place: "应用管理 → 自建应用 → 接收消息 → 设置API接收" },
      );
    }
    const sql = await open();
    const [[row], { deadLetters }] = await Promise.all([
      sql<{ latest: Date | null }[]>`
        select max(received_at) as latest from inbox_event`,
      readBacklog({ sql, now }),
    ]);
    const latest = row?.latest ?? null;
    if (deadLetters > 0) {
      return warning(
        `${deadLetters} 个事件没有处理成功：请运行 deno task dead-letters`,
      );
    }
    if (!latest) {
      return warning("从来没有收到过事件：让一位同事添加或删除一位客户试试", {
        place:
          "应用管理 → 自建应用 → 接收消息 → 接收的消息事件类型 → 外部联系人变更回调",
        who: ADMIN,
      });
    }
    const days = Math.floor((now() - latest.getTime()) / DAY_MS);
    return days > 3
      ? warning(`最近一个事件是 ${days} 天前`, { who: ADMIN })
      : ok(`最近一个 ${latest.toISOString()}`);
  },
};

const welcome: Ours = {
  name: "welcome",
  title: "欢迎语没有被管理后台占用",
  document: "92130",
  async run({ sql: open }) {
    const sql = await open();
    const [row] = await sql<{ seen: boolean }[]>`
      select exists (select 1 from welcome_code) as seen`;
    return row?.seen ? ok("新客户的事件里带着 WelcomeCode") : unknown(
      "接口查不到。如果管理后台配置了欢迎语，事件里就没有 WelcomeCode，请在「客户联系 → 欢迎语」里看一下",
    );
  },
};

const night: Ours = {
  name: "night",
  title: "每晚的核对",
  async run({ sql: open, now }) {
    const sql = await open();
    const [run] = await sql<{ state: string; startedAt: Date }[]>`
      select state, started_at from reconcile_run
      order by started_at desc limit 1`;
    if (!run) return unknown("还没有跑过：每晚 03:20，或运行 deno task sync");
    const hours = Math.floor((now() - run.startedAt.getTime()) / 3_600_000);
    if (hours > 30) return warning(`最近一次是 ${hours} 小时前`);
    return run.state === "done" || run.state === "running"
      ? ok(run.startedAt.toISOString())
      : warning(`最近一次没有跑完：${run.state}`);
  },
};

export const RECORDS: readonly Ours[] = [
  mode,
  database,
  schema,
  encoding,
  company,
  dataKey,
  cache,
  staff,
  orders,
  events,
  welcome,
  night,
  clients,
];
