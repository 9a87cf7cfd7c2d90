import { sampleDirectory } from "../../lib/emulator/mod.ts";
import {
  type PhotoResult,
  removeProfilePhoto,
  removeProfilePhotos,
  type TokenCredential,
} from "../../mod.ts";
import { assert, assertEquals } from "../deps/assert.ts";
import { bulkTest, collect, connect, removeMany, tally } from "../support/bulk.ts";
import { batches } from "../support/command.ts";
import { promptRejection } from "../support/promises.ts";
import { users } from "../support/users.ts";

// Deno's sanitizers fail each of these tests that leaves a timer, a socket or a request.

const COUNT = 400;
const TENANT = { users: COUNT };
const reason = new Error("no longer wanted");

Deno.test(bulkTest(
  "onResult has all that was removed when the iterator is left early",
  TENANT,
  async (tenant) => {
    const done: PhotoResult[] = [];
    const onResult = (result: PhotoResult) => void done.push(result);
    const options = { ...await connect(tenant), onResult };
    for await (const _ of removeProfilePhotos(users(COUNT), options)) break;
    const { removed } = tally(done);
    assertEquals(tenant.directory.photoCount, sampleDirectory({ users: COUNT }).photoCount - removed!);
    assert(removed! < COUNT, "it went on to the end");
  },
));

for (const abortedBy of ["signal", "stopSignal"] as const) {
  Deno.test(bulkTest(
    `${abortedBy} ends all waits of a run whose results nobody reads`,
    TENANT,
    async (tenant) => {
      const aborting = new AbortController();
      const done: PhotoResult[] = [];
      const onResult = (result: PhotoResult) => void done.push(result);
      const throttled = batches(tenant, 2);
      let count = 0;
      const match = () => ++count > 1;
      tenant.fault({ kind: "status", on: "batch", status: 429, retryAfter: "60", rate: 1, match });
      const options = { ...await connect(tenant), concurrency: 1, onResult, [abortedBy]: aborting.signal };
      const results = removeProfilePhotos(users(COUNT), options)[Symbol.asyncIterator]();
      await results.next();
      await throttled;
      await new Promise((resolve) => setTimeout(resolve, 0));
      aborting.abort(reason);
      const { removed } = tally(done);
      assertEquals(tenant.directory.photoCount, sampleDirectory({ users: COUNT }).photoCount - removed!);
    },
  ));
}

Deno.test(
  bulkTest("onResult has what was removed when only its check was aborted", TENANT, async (tenant) => {
    const options = async () => {
      const aborting = new AbortController();
      const match = ({ method }: { method: string }) => {
        if (method === "GET") aborting.abort(reason);
        return method === "GET";
      };
      tenant.fault({ kind: "stall", on: "graph", match });
      return { ...await connect(tenant), verify: true, signal: aborting.signal };
    };
    const done: PhotoResult[] = [];
    const onResult = (result: PhotoResult) => void done.push(result);
    const run = collect(removeProfilePhotos(users(1), { ...await options(), onResult }));
    assertEquals(await promptRejection(run), reason);
    assertEquals(done.map(({ outcome, verified }) => [outcome, verified]), [["removed", null]]);
    assertEquals(await promptRejection(removeProfilePhoto(users(2)[1]!, await options())), reason);
  }),
);

Deno.test(bulkTest("stopSignal aborts the request for the first token", TENANT, async (tenant) => {
  const stopping = new AbortController();
  let aborted = false;
  const credential: TokenCredential = {
    getToken: (_scopes, options) => {
      options!.abortSignal!.addEventListener("abort", () => aborted = true);
      setTimeout(() => stopping.abort(), 0);
      return new Promise(() => {});
    },
  };
  const results = await removeMany(tenant, users(2), { credential, stopSignal: stopping.signal });
  assertEquals([tally(results), aborted], [{ notAttempted: 2 }, true]);
}));

/** Runs that end early, while a request is never answered or has to wait for a minute. */
const ENDING_EARLY = `
const user = "alex@contoso.com";
const done = new Response(null, { status: 204 });
const later = new Response(null, { status: 429, headers: { "retry-after": "60" } });
const never = new Promise(() => {});
function open(answer, more) {
  let count = 0;
  const fetch = () => Promise.resolve(++count === 1 ? done : answer);
  const targets = more?.targets ?? Array(20).fill({ user });
  const options = { credential: "token", batchSize: 1, concurrency: 2, timeout: 60_000, fetch, ...more?.options };
  return removeProfilePhotos(targets, options);
}
async function* endless() {
  yield { user };
  await never;
}
for (const [name, answer] of [["signal", never], ["signal", later], ["stopSignal", later]]) {
  const controller = new AbortController();
  const options = { [name]: controller.signal, onResult: () => controller.abort(new Error("aborted")) };
  try {
    for await (const _ of open(answer, { options })) { /* to the end */ }
    console.log("stopped");
  } catch (error) {
    console.log(error.message);
  }
}
for await (const _ of open(later)) break;
for await (const _ of open(done, { targets: endless() })) break;
await open(done)[Symbol.asyncIterator]().next(); // and nobody reads on
console.log("done");
`;

Deno.test("a process ends at once after runs that end early, not when their waits do", {
  permissions: { run: true },
}, async () => {
  const main = new URL("../../mod.ts", import.meta.url);
  const code = `import { removeProfilePhotos } from "${main}";\n${ENDING_EARLY}`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", code],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const patience = setTimeout(() => child.kill("SIGKILL"), 20_000);
  const { code: exit, stdout } = await child.output().finally(() => clearTimeout(patience));
  const expected = "aborted\naborted\nstopped\ndone\n";
  assertEquals([exit, new TextDecoder().decode(stdout)], [0, expected]);
});
