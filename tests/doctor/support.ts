/** A company for the doctor to look at. */
import assert from "node:assert/strict";
import type { Line } from "../../lib/doctor/check.ts";
import { examine } from "../../lib/doctor/doctor.ts";
import { type DoctorParts, partsOf } from "../../lib/doctor/parts.ts";
import { ORIGIN, type TestApp } from "../support/app.ts";
import { type StubbedApp, withStubbedApp } from "../support/company.ts";

export const ENV = {
  WECOM_CALLBACK_TOKEN: "callbacktoken",
  WECOM_CALLBACK_AES_KEY: "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C",
  WW_VERIFY: "WW_verify_1.txt=proof-of-the-domain",
};

/** Our own address is this app; anything else is fetched. */
export function parts(app: TestApp): DoctorParts {
  return {
    ...partsOf(app.services),
    fetch: (input, init) => {
      const url = String(input instanceof Request ? input.url : input);
      return url.startsWith(ORIGIN)
        ? app.handler(new Request(url, init))
        : fetch(input, init);
    },
  };
}

/** A company in which all is set up. */
export const healthy = (
  fn: (scene: StubbedApp) => Promise<void>,
  env: Record<string, string> = {},
) =>
  withStubbedApp(async (scene) => {
    const { stub } = scene;
    for (const id of ["d2", "p1"]) stub.follow(id, `wm-${id}`, "客户");
    await fn(scene);
  }, { ...ENV, ...env });

export const look = async (app: TestApp, ...only: string[]): Promise<Line[]> =>
  await examine(parts(app), 10_000, only);

export const one = async (app: TestApp, name: string): Promise<Line> => {
  const [line] = await look(app, name);
  assert.ok(line, name);
  return line;
};
