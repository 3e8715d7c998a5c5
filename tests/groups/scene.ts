/**
 * Orders and the people's own steps, for tests of how a group is recorded: three
 * orders of d1, two of them of one customer.
 */
import type { Answer } from "../support/app.ts";
import {
  order,
  pushAll,
  type StubbedApp,
  withStubbedApp,
} from "../support/company.ts";

export const GROUP = ["王女士-服务群", ["d1", "p1"], ["wm1"]] as const;
export const create = (
  { stub }: StubbedApp,
  owner = "d1",
  ids = ["wm1"],
  people = ["d1", "p1"],
) => stub.create(owner, GROUP[0], people, ids);
export const record = (
  { app }: StubbedApp,
  input: Record<string, unknown>,
  as = "d1",
): Promise<Answer> =>
  app.as(as).flow("group.record", { orderId: "O1", ...input });

export const three = (fn: (scene: StubbedApp) => Promise<void>) =>
  withStubbedApp(async (scene) => {
    await pushAll(scene.app, [
      order(),
      order({ orderId: "O2" }),
      order({
        orderId: "O3",
        customerPhone: "13900000000",
        customerName: "李先生",
      }),
    ]);
    scene.stub.follow("d1", "wm3", "李先生", ["13900000000"]);
    scene.stub.follow("d1", "wm4", "外人");
    await fn(scene);
  });
