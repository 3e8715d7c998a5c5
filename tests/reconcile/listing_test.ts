/**
 * Listing the owners' groups in slices and pages: what is planned, what a cut
 * leaves, and what an answer in the middle of the pages must not do.
 */
import assert from "node:assert/strict";
import { grown, pushStaff } from "./grown.ts";
import { type Company, MINUTE, withCompany } from "./support.ts";

const LIST = "externalcontact/groupchat/list";

async function run({ services }: Company) {
  const report = await services.reconciler.run("demand");
  assert.ok(report);
  return report;
}

Deno.test("a plan that the database cut in the middle is made again, and nobody's groups are left out", async () => {
  await withCompany(grown(130, 1), async (company) => {
    const { services: { sql }, clock } = company;
    await pushStaff(company);
    await sql.unsafe(`
      create function cut() returns trigger language plpgsql as $$
      begin
        raise exception 'terminating connection' using errcode = '57P01';
      end $$;
      create trigger cut before insert on reconcile_slice
        for each row when (new.slice = '0001') execute function cut();`);
    assert.equal((await run(company)).state, "cut");
    await sql`drop trigger cut on reconcile_slice`;
    clock.now += MINUTE;
    const report = await run(company);
    assert.equal(report.state, "done");
    assert.equal(report.counts.owners, 130);
    assert.equal(report.counts.listed, 130);
    assert.equal(report.calls[LIST], 2);
  });
});
