import { assert, assertEquals, assertStringIncludes } from "../../deps/assert.ts";
import { batches, nextRequest, processTest, run, start } from "../../support/command.ts";
import { photoRequests } from "../../support/emulated.ts";
import { doneIn, reportOf } from "../../support/reports.ts";
import { photosOf, writeUsers } from "../../support/users.ts";

const IDS = ["alex@contoso.com", "diego@contoso.com", "grady@contoso.com"];

/** Waits for a process to end, at most 10 s. */
async function finish(child: Deno.ChildProcess) {
  const patience = setTimeout(() => child.kill("SIGKILL"), 10_000);
  const { code, stdout, stderr } = await child.output().finally(() => clearTimeout(patience));
  const [records, messages] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, records: records!, messages: messages! };
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  processTest(
    `${signal} lets the requests in flight finish, and starts no others`,
    { posix: true, latency: 1000 }, // so that the signal arrives before the response
    async (tenant) => {
      const sent = nextRequest(tenant);
      const child = start(tenant, ["user", ...IDS, "--concurrency", "1", "--batch-size", "1"]);
      await sent;
      child.kill(signal);
      const { code, records, messages } = await finish(child);
      assertEquals([code, tenant.counts.graph], [130, 1]);
      assertEquals(IDS.map((id) => tenant.directory.hasPhoto(id)), [false, true, true]);
      assertEquals(records.match(/removed|notAttempted/g)?.sort(), [
        "notAttempted",
        "notAttempted",
        "removed",
      ]);
      assertStringIncludes(messages, "1 removed, 2 not attempted");
    },
  );
}

processTest("Ctrl-C again and again ends the process at once", { posix: true }, async (tenant) => {
  const sent = nextRequest(tenant);
  tenant.fault({ kind: "stall", times: IDS.length });
  const child = start(tenant, ["user", ...IDS, "--timeout", "20", "--max-attempts", "1"]);
  await sent;
  // Two signals that wait for delivery become one, so the key is pressed until it works.
  const pressing = setInterval(() => {
    try {
      child.kill("SIGINT");
    } catch { /* it has ended */ }
  }, 50);
  const { code, records } = await finish(child).finally(() => clearInterval(pressing));
  assertEquals([code, records], [130, ""], "no request in flight was awaited");
});

processTest(
  "Ctrl-C while signing in attempts no target and waits for nothing",
  { posix: true },
  async (tenant) => {
    const signingIn = Promise.withResolvers<void>();
    tenant.fault({ kind: "stall", on: "token", match: () => (signingIn.resolve(), true) });
    const child = start(tenant, ["user", ...IDS]);
    await signingIn.promise;
    child.kill("SIGINT");
    const { code, records, messages } = await finish(child);
    assertEquals([code, records.match(/notAttempted/g)?.length, tenant.counts.graph], [130, 3, 0]);
    assertStringIncludes(messages, "3 not attempted");
  },
);

const COUNT = 500;

processTest(
  "after Ctrl-C in the middle of a list, the report is complete, and --resume does the rest",
  { users: COUNT, latency: 50, posix: true },
  async (tenant, folder) => {
    const users = await writeUsers(folder, COUNT);
    const report = `${folder}/run.ndjson`;
    const sent = batches(tenant, 5);
    const child = start(tenant, ["user", "--from", users, "--yes", "--report", report]);
    await sent;
    child.kill("SIGINT");
    const { code, messages } = await finish(child);
    assertEquals(code, 130);
    assertStringIncludes(
      messages,
      `To resume: remove-profile-photo user --yes --from ${users} --resume ${report}\n`,
    );
    const removed = photosOf(COUNT) - tenant.directory.photoCount;
    assertEquals([(await reportOf(report)).size, (await doneIn(report)).size], [COUNT, removed]);
    assert(removed >= 80 && removed < COUNT, `${removed} removed`);
    assertStringIncludes(messages, `${removed} removed, ${COUNT - removed} not attempted`);
    assertEquals(photoRequests(tenant), removed, "everything that was sent is recorded");

    const resumed = await run(tenant, ["user", "--from", users, "--yes", "--resume", report]);
    assertEquals(resumed.code, 0, resumed.stderr);
    assertEquals([photoRequests(tenant), resumed.records().length], [COUNT, COUNT - removed]);
    assertEquals([...(await doneIn(report)).values()], Array(COUNT).fill(1));
  },
);

processTest("Ctrl-C ends a run whose pipe stays open", { posix: true }, async (tenant, folder) => {
  const report = `${folder}/run.ndjson`;
  const sent = nextRequest(tenant);
  const child = start(tenant, ["user", "-", "--yes", "--report", report], { stdin: "" });
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode("alex@contoso.com\n"));
  await sent;
  child.kill("SIGINT");
  const [{ code }, , messages] = await Promise.all([
    child.status,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  await writer.close().catch(() => {});
  assertEquals([code, [...(await doneIn(report)).keys()]], [130, ["alex@contoso.com"]], messages);
});
