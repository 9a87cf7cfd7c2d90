import { sampleDirectory, startEmulator } from "../../lib/emulator/mod.ts";
import { removeProfilePhotos } from "../../mod.ts";
import { assertEquals } from "../deps/assert.ts";
import { photoRequests } from "../support/emulated.ts";
import { fragileProxy } from "../support/fragile_proxy.ts";
import { LOOPBACK_ONLY } from "../support/test.ts";
import { collect, connect, tally } from "../support/bulk.ts";
import { users } from "../support/users.ts";

/**
 * What comes of removals whose answer is lost by a connection that was in use before. Deno repeats such a request by
 * itself, unless its body is a stream or a Blob. A lone DELETE has none, so that its repetition cannot be told from
 * a first attempt; when this fails as Deno has changed, so much the better.
 */
const SENT = [
  { how: "batch", batchSize: 20, outcome: "removed", attempts: 2 },
  { how: "lone request", batchSize: 1, outcome: "absent", attempts: 1 },
];

for (const { how, batchSize, outcome, attempts } of SENT) {
  Deno.test(
    `a ${how} whose answer is lost on a connection in use comes out as ${outcome}`,
    LOOPBACK_ONLY,
    async () => {
      await using tenant = await startEmulator({ directory: sampleDirectory({ users: 40 }) });
      await using proxy = await fragileProxy(tenant.url);
      const options = {
        ...await connect(tenant),
        cloud: { graph: proxy.url, authority: tenant.url },
        batchSize,
        concurrency: 1,
      };
      await collect(removeProfilePhotos(users(20), options)); // opens the connection
      proxy.loseNextAnswer();
      const results = await collect(removeProfilePhotos(users(20, 21), options));
      const lost = results.filter((result) => result.status === 404);
      const asked = [proxy.resets, lost.length, photoRequests(tenant)];
      assertEquals(asked, [1, batchSize, 40 + 2 * batchSize], "and whether those users exist");
      assertEquals(tally(lost), { [outcome]: batchSize });
      assertEquals(new Set(lost.map((result) => result.attempts)), new Set([attempts]));
      assertEquals(tally(results.filter((result) => result.status === 200)).removed ?? 0, 20 - batchSize);
    },
  );
}
