/**
 * The API as an OpenAPI 3.1 document, made of the schemas that validate. Each
 * flow is described under its own name, since all share one address.
 */
import { z } from "zod";
import { ERRORS } from "../http/errors.ts";
import { erpEvent } from "../erp/events.ts";
import { rowsSchema } from "../erp/rows.ts";
import { orderPush } from "../orders/push.ts";
import { StaffMember } from "../staff/push.ts";
import { DETAILS } from "./details.ts";
import { FLOWS } from "./mod.ts";

type Json = Record<string, unknown>;

let memo: Json | undefined;

export function openApi(publicOrigin: string): Json {
  return { ...(memo ??= describe()), servers: [{ url: publicOrigin }] };
}

function describe(): Json {
  const schemas: Json = { Failure: failureSchema() };
  const requests: Json[] = [];
  const answers: Json[] = [];
  for (const [name, flow] of Object.entries(FLOWS)) {
    const title = name.replace(".", "_");
    schemas[`${title}_in`] = jsonSchema(
      flow.input.extend({ flowId: z.literal(name) }),
      "input",
      flow.summary,
    );
    schemas[`${title}_out`] = jsonSchema(flow.output, "output", flow.summary);
    requests.push({ $ref: `#/components/schemas/${title}_in` });
    answers.push({ $ref: `#/components/schemas/${title}_out` });
  }
  const session = [{ session: [] }];
  const erp = [{ erp: [] }];
  return {
    openapi: "3.1.0",
    info: { title: "企业微信客户群", version: "1.0.0" },
    paths: {
      "/api/runFlow": {
        post: operation("运行流程", {
          security: session,
          body: { oneOf: requests },
          data: { anyOf: answers },
        }),
      },
      "/api/wecom/signature": {
        get: operation("JS-SDK 签名（仅限本站页面）", {
          security: session,
          parameters: [{
            name: "url",
            in: "query",
            required: true,
            schema: { type: "string", format: "uri" },
          }],
          data: signatures,
        }),
      },
      "/api/erp/staff": {
        post: operation("推送员工", {
          security: erp,
          body: jsonSchema(rowsSchema("staff", StaffMember), "input"),
          data: pushed,
        }),
      },
      "/api/erp/orders": {
        post: operation("推送订单，每次最多 1000 个", {
          security: erp,
          body: jsonSchema(rowsSchema("orders", orderPush("UTC")), "input"),
          data: pushed,
        }),
      },
      "/api/erp/orders/{orderId}": {
        get: operation("查询一个订单和它的客户群", {
          security: erp,
          parameters: [{
            name: "orderId",
            in: "path",
            required: true,
            schema: { type: "string" },
          }],
          data: { type: "object" },
        }),
      },
      "/api/erp/events": {
        post: operation("推送事件，同一个 eventId 只算一次", {
          security: erp,
          body: jsonSchema(rowsSchema("events", erpEvent("UTC")), "input"),
          data: stored,
        }),
      },
      "/healthz": { get: operation("进程存活", { data: { type: "object" } }) },
      "/readyz": { get: operation("可以服务", { data: { type: "object" } }) },
    },
    components: {
      schemas,
      securitySchemes: {
        session: { type: "apiKey", in: "cookie", name: "session" },
        erp: { type: "http", scheme: "bearer" },
      },
    },
  };
}

const integer = { type: "integer" };

const told = {
  type: "array",
  items: {
    type: "object",
    required: ["index", "issues"],
    properties: {
      index: integer,
      orderId: { type: "string" },
      wxUserId: { type: "string" },
      issues: {
        type: "array",
        items: {
          type: "object",
          properties: {
            path: { type: "string" },
            message: { type: "string" },
          },
        },
      },
    },
  },
};

/**
 * What became of the rows: how many are stored, which were refused, and of which
 * a part was left out (orders: a further customer).
 */
const pushed = {
  type: "object",
  required: ["upserted", "rejected"],
  properties: { upserted: integer, rejected: told, incomplete: told },
};

const stored = {
  type: "object",
  required: ["accepted", "duplicates"],
  properties: { accepted: integer, duplicates: integer, rejected: told },
};

const signature = {
  type: "object",
  properties: {
    timestamp: integer,
    nonceStr: { type: "string" },
    signature: { type: "string", pattern: "^[0-9a-f]{40}$" },
  },
};

const signatures = {
  type: "object",
  properties: {
    corpId: { type: "string" },
    agentId: { type: "string" },
    config: signature,
    agentConfig: signature,
  },
};

function failureSchema(): Json {
  return {
    type: "object",
    required: ["code", "error", "msg", "requestId"],
    properties: {
      code: { const: 0 },
      error: { enum: Object.keys(ERRORS) },
      msg: { type: "string" },
      requestId: { type: "string" },
      details: {},
    },
    allOf: Object.entries(DETAILS).map(([name, schema]) => ({
      if: { properties: { error: { const: name } } },
      then: { properties: { details: jsonSchema(schema, "output") } },
    })),
  };
}

function operation(
  summary: string,
  { security, parameters, body, data }: {
    security?: Json[];
    parameters?: Json[];
    body?: Json;
    data: Json;
  },
): Json {
  const ok = {
    type: "object",
    required: ["code", "data"],
    properties: { code: { const: 1 }, data },
  };
  const failure = { $ref: "#/components/schemas/Failure" };
  return {
    summary,
    ...(security ? { security } : {}),
    ...(parameters ? { parameters } : {}),
    ...(body ? { requestBody: { required: true, content: json(body) } } : {}),
    responses: {
      200: { description: "成功", content: json(ok) },
      default: { description: "失败", content: json(failure) },
    },
  };
}

function json(schema: Json): Json {
  return { "application/json": { schema } };
}

function jsonSchema(
  schema: z.ZodType,
  io: "input" | "output",
  description?: string,
): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io });
  return description ? { description, ...rest } : rest;
}
