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

bulkTest(
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
);

for (const abortedBy of ["signal", "stopSignal"] as const) {
  bulkTest(
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
  );
}

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
});

bulkTest("stopSignal aborts the request for the first token", TENANT, async (tenant) => {
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
});
