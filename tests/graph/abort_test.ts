import type { TokenCredential } from "../../lib/auth/token_credential.ts";
import { clientSecretCredential } from "../../lib/auth/client_credentials.ts";
import { type Clock, systemClock } from "../../lib/http/clock.ts";
import { removeProfilePhoto } from "../../lib/remove_profile_photo.ts";
import { assertEquals } from "../deps/assert.ts";
import { ALEX, connected, emulatorTest, removeByClock } from "../support/emulated.ts";
import { promptRejection, rejection } from "../support/promises.ts";
import { serve, type TestServer } from "../support/server.ts";
import { LOOPBACK, test } from "../support/test.ts";

const REASONS = [new Error("enough"), new DOMException("enough", "AbortError"), "enough", 0, null, {
  code: 1,
}];
const CREDENTIAL: TokenCredential = {
  getToken: () => Promise.resolve({ token: "T", expiresOnTimestamp: Infinity }),
};

/** A server that answers only when released; `arrived` resolves with its first request. */
function silentServer(): { server: TestServer; arrived: Promise<void>; release: () => void } {
  const arrived = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Response>();
  const server = serve(() => {
    arrived.resolve();
    return answer.promise;
  });
  return { server, arrived: arrived.promise, release: () => answer.resolve(new Response()) };
}

emulatorTest("removeProfilePhoto() sends nothing if its signal is already aborted", async (tenant) => {
  const { tenantId, clientId, clientSecret, cloud } = tenant;
  const signingIn = clientSecretCredential({ tenantId, clientId, clientSecret });
  for (const reason of REASONS) {
    for (const credential of ["token", CREDENTIAL, signingIn]) {
      const signal = AbortSignal.abort(reason);
      assertEquals(await rejection(removeProfilePhoto(ALEX, { credential, cloud, signal })), reason);
    }
  }
  assertEquals([...tenant.requests], []);
});

test(
  "removeProfilePhoto() rejects with the signal's reason during a request to Graph",
  LOOPBACK,
  async () => {
    for (const reason of REASONS) {
      const { server, arrived, release } = silentServer();
      await using _ = server;
      const cloud = { graph: server.url, authority: server.url };
      const controller = new AbortController();
      const removal = removeProfilePhoto(ALEX, { credential: CREDENTIAL, cloud, signal: controller.signal });
      await arrived;
      controller.abort(reason);
      assertEquals(await promptRejection(removal), reason);
      assertEquals(server.received.length, 1);
      release();
    }
  },
);

test("removeProfilePhoto() rejects with the signal's reason during the sign-in", LOOPBACK, async () => {
  for (const reason of REASONS) {
    const { server, arrived, release } = silentServer();
    await using _ = server;
    const cloud = { graph: server.url, authority: server.url };
    const credential = clientSecretCredential({ tenantId: "t", clientId: "c", clientSecret: "s" });
    const controller = new AbortController();
    const removal = removeProfilePhoto(ALEX, { credential, cloud, signal: controller.signal });
    await arrived;
    controller.abort(reason);
    release(); // the answer comes too late
    assertEquals(await promptRejection(removal), reason);
    assertEquals(server.received.map(({ path }) => path), ["/t/oauth2/v2.0/token"]);
  }
});

emulatorTest("removeProfilePhoto() rejects with the signal's reason during a wait", async (tenant) => {
  const options = await connected(tenant);
  for (const reason of REASONS) {
    tenant.fault({ kind: "status", status: 429, retryAfter: "100" });
    const before = tenant.counts.graph;
    const controller = new AbortController();
    const clock: Clock = {
      ...systemClock,
      sleep: (ms, signal) => {
        const sleep = systemClock.sleep(ms, signal);
        controller.abort(reason);
        return sleep;
      },
    };
    const removal = removeByClock(ALEX, { ...options, signal: controller.signal }, clock);
    assertEquals(await promptRejection(removal), reason);
    assertEquals(tenant.counts.graph - before, 1);
  }
});

emulatorTest("removeProfilePhoto() ignores an abort after it has ended", async (tenant) => {
  const controller = new AbortController();
  const options = { ...await connected(tenant), signal: controller.signal };
  assertEquals((await removeProfilePhoto(ALEX, options)).outcome, "removed");
  controller.abort();
});
