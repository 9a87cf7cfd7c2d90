import { assert, assertEquals, assertMatch, assertStringIncludes } from "../../deps/assert.ts";
import { ALL_FLAGS, batches, bySecret, nextRequest, processTest, run, start } from "../../support/command.ts";
import { photoRequests } from "../../support/emulated.ts";
import { commandLine, environment } from "../../support/run_cli.ts";
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

/** The signals by which a process is asked to end, and what ends it then. */
const SIGNALS = [
  ["SIGINT", "Ctrl-C again"],
  ["SIGTERM", "SIGTERM again"],
  ["SIGHUP", "SIGTERM"],
] as const;

for (const [signal, another] of SIGNALS) {
  Deno.test(processTest(
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
      assertEquals(records.match(/removed|notAttempted/g), ["removed"]);
      assertMatch(
        messages,
        new RegExp(
          `^Stopping: 1 in flight finishes; ${another} ends now\n1 removed in .*\n  2 were not begun\n`,
        ),
      );
    },
  ));
}

/** Waits until a stream has shown a text; returns all that it has shown, and what reads the rest. */
async function see(stream: ReadableStream<Uint8Array>, text: string) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let shown = "";
  while (!shown.includes(text)) {
    const { done, value } = await reader.read();
    assert(!done, `it ended after: ${shown}`);
    shown += value;
  }
  return { shown, reader };
}

for (const ids of [IDS.slice(0, 1), IDS]) {
  Deno.test(processTest(
    `with ${ids.length} in flight, Ctrl-C is answered at once, and a second one ends the process at once`,
    { posix: true },
    async (tenant) => {
      const sent = Promise.withResolvers<void>();
      tenant.fault({ kind: "stall", on: "graph", match: () => (sent.resolve(), true) });
      const child = start(tenant, ["user", ...ids]);
      await sent.promise;
      child.kill("SIGINT");
      const { shown, reader } = await see(child.stderr, "\n");
      const finish = ids.length === 1 ? "1 in flight finishes" : "3 in flight finish";
      assertEquals(shown, `Stopping: ${finish}; Ctrl-C again ends now\n`);
      child.kill("SIGINT");
      const [rest, records, { code }] = await Promise.all([
        reader.read(),
        new Response(child.stdout).text(),
        child.status,
      ]);
      assertEquals([code, records, rest.done], [130, "", true], "no request in flight was awaited");
    },
  ));
}

Deno.test(processTest(
  "signals that the parent ignores are ignored to the end of the run",
  { users: 500, latency: 200, posix: true },
  async (tenant, folder) => {
    const users = await writeUsers(folder, 500);
    const [program, ...words] = commandLine(["user", "--from", users, "--yes"], { permissions: ALL_FLAGS });
    const child = new Deno.Command("sh", {
      args: ["-c", `trap '' HUP INT TERM; exec "$@"`, "sh", program, ...words],
      clearEnv: true,
      env: environment(bySecret(tenant)),
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    let sent = 0;
    const match = () => {
      child.kill(SIGNALS[sent++ % SIGNALS.length]![0]);
      return false;
    };
    tenant.fault({ kind: "stall", on: "batch", match }); // from the first to the last, as Deno begins to listen late
    const { code, messages } = await finish(child);
    assertEquals([code, photoRequests(tenant)], [0, 500], messages);
    assert(sent >= 25 && !messages.includes("Stopping"), messages);
  },
));

Deno.test(processTest(
  "Ctrl-C while signing in attempts no target and waits for nothing",
  { posix: true },
  async (tenant) => {
    const signingIn = Promise.withResolvers<void>();
    tenant.fault({ kind: "stall", on: "token", match: () => (signingIn.resolve(), true) });
    const child = start(tenant, ["user", ...IDS]);
    await signingIn.promise;
    child.kill("SIGINT");
    const { code, records, messages } = await finish(child);
    assertEquals([code, records, tenant.counts.graph], [130, "", 0]);
    assertMatch(
      messages,
      /^Stopping: nothing is in flight; .*\nnothing was done in .*\n {2}3 were not begun\n/,
    );
  },
));

const COUNT = 500;

Deno.test(processTest(
  "after Ctrl-C in the middle of a list, the report is complete, and --resume does the rest",
  { users: COUNT, latency: 50, posix: true },
  async (tenant, folder) => {
    const users = await writeUsers(folder, COUNT);
    const report = `${folder}/run.ndjson`;
    const sent = batches(tenant, 5);
    const child = start(tenant, ["user", "--from", users, "--yes", "--report", report]);
    await sent;
    child.kill("SIGINT");
    const { code, records, messages } = await finish(child);
    assertEquals(code, 130);
    assertStringIncludes(
      messages,
      `To resume: remove-profile-photo user --yes --from ${users} --resume ${report}\n`,
    );
    const removed = photosOf(COUNT) - tenant.directory.photoCount;
    assertEquals([(await reportOf(report)).size, (await doneIn(report)).size], [removed, removed]);
    assert(removed >= 80 && removed < COUNT, `${removed} removed`);
    assertEquals(records.split("\n").length - 1, removed);
    assertMatch(
      messages,
      new RegExp(
        `^Stopping: (nothing is in flight|[2468]0 in flight finish); .*\n${removed} removed in .*\n  ${
          COUNT - removed
        } were not begun\n`,
      ),
    );
    assertEquals(photoRequests(tenant), removed, "everything that was sent is recorded");

    const resumed = await run(tenant, ["user", "--from", users, "--yes", "--resume", report]);
    assertEquals(resumed.code, 0, resumed.stderr);
    assertEquals([photoRequests(tenant), resumed.records().length], [COUNT, COUNT - removed]);
    assertEquals([...(await doneIn(report)).values()], Array(COUNT).fill(1));
  },
));

Deno.test(processTest("Ctrl-C ends a run whose pipe stays open", { posix: true }, async (tenant, folder) => {
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
  const line = `remove-profile-photo user - --yes --resume ${report}`;
  assertStringIncludes(
    messages,
    `  the input was not read to its end\nTo resume, with the same input: ${line}\n`,
  );
}));
