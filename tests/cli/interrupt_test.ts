import { assertEquals, assertStringIncludes } from "../deps/assert.ts";
import { type Emulator, startEmulator } from "../../lib/emulator/mod.ts";
import { startCli } from "../support/run_cli.ts";
import { posixTest } from "../support/test.ts";
import { bySecret, RUN } from "./support.ts";

const IDS = ["alex@contoso.com", "diego@contoso.com", "grady@contoso.com"];

/** Tells when the tenant's Graph gets its first request, and lets it pass. */
function firstRequest(tenant: Emulator): Promise<void> {
  return new Promise((resolve) => {
    const match = () => {
      resolve();
      return false;
    };
    tenant.fault({ kind: "stall", match });
  });
}

async function finish(child: Deno.ChildProcess) {
  const { code, stdout, stderr } = await child.output();
  const [records, told] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, records: records!, told: told! };
}

/** Presses Ctrl-C once, as soon as the first of three targets is in flight. */
async function interrupted(format: string, signal: Deno.Signal = "SIGINT") {
  // The answer takes long enough for the signal to arrive before it.
  await using tenant = await startEmulator({ latency: 1000 });
  const begun = firstRequest(tenant);
  const args = ["user", ...IDS, "--concurrency", "1", "--batch-size", "1", "--output", format];
  const child = startCli(args, { env: bySecret(tenant) });
  await begun;
  child.kill(signal);
  const result = await finish(child);
  return { ...result, requests: tenant.counts.graph, left: IDS.map((id) => tenant.directory.hasPhoto(id)) };
}

posixTest("Ctrl-C once: what is in flight ends, nothing begins, and all is on record", RUN, async () => {
  const formats = ["ndjson", "json", "csv", "table"];
  const runs = await Promise.all(formats.map((format) => interrupted(format)));
  for (const { code, records, told, requests, left } of runs) {
    assertEquals([code, requests, left], [130, 1, [false, true, true]]);
    assertEquals(records.match(/removed|notAttempted/g)?.sort(), ["notAttempted", "notAttempted", "removed"]);
    assertStringIncludes(told, "1 removed, 2 not attempted");
  }
  assertEquals(JSON.parse(runs[1]!.records).length, 3);
});

posixTest("SIGTERM of a service manager and SIGHUP end a run as Ctrl-C does", RUN, async () => {
  for (const signal of ["SIGTERM", "SIGHUP"] as const) {
    const { code, told, left } = await interrupted("ndjson", signal);
    assertEquals([code, left], [130, [false, true, true]]);
    assertStringIncludes(told, "1 removed, 2 not attempted");
  }
});

posixTest("Ctrl-C again and again ends it at once, whatever is in flight", RUN, async () => {
  await using tenant = await startEmulator();
  const begun = firstRequest(tenant);
  tenant.fault({ kind: "stall", times: IDS.length });
  const child = startCli(["user", ...IDS, "--timeout", "20", "--max-attempts", "1"], {
    env: bySecret(tenant),
  });
  await begun;
  // Two signals that wait to be delivered become one, so that the key is pressed until it works.
  const pressing = setInterval(() => {
    try {
      child.kill("SIGINT");
    } catch { /* it has ended */ }
  }, 50);
  const { code, records } = await finish(child).finally(() => clearInterval(pressing));
  assertEquals([code, records], [130, ""], "nothing in flight was waited for");
});

posixTest(
  "Ctrl-C while signing in: no target is attempted, all are on record, and nothing is waited for",
  RUN,
  async () => {
    await using tenant = await startEmulator();
    const begun = Promise.withResolvers<void>();
    const match = () => {
      begun.resolve();
      return true;
    };
    tenant.fault({ kind: "stall", on: "token", match });
    const child = startCli(["user", ...IDS], { env: bySecret(tenant) });
    await begun.promise;
    child.kill("SIGINT");
    const patience = setTimeout(() => child.kill("SIGKILL"), 10_000);
    const { code, records, told } = await finish(child).finally(() => clearTimeout(patience));
    assertEquals([code, records.match(/notAttempted/g)?.length, tenant.counts.graph], [130, 3, 0]);
    assertStringIncludes(told, "3 not attempted");
  },
);
