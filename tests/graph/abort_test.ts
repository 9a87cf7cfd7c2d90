import type { TokenCredential } from "../../lib/auth/token_credential.ts";
import { clientSecretCredential } from "../../lib/auth/client_credentials.ts";
import { type Clock, systemClock } from "../../lib/http/clock.ts";
import { removeProfilePhoto } from "../../lib/remove_profile_photo.ts";
import { assertEquals } from "../deps/assert.ts";
import { ALEX, connected, emulatorTest, removeByClock } from "../support/emulated.ts";
import { promptRejection, rejection } from "../support/promises.ts";
import { serve } from "../support/server.ts";
import { LOOPBACK_ONLY } from "../support/test.ts";

const REASONS = [new Error("enough"), new DOMException("enough", "AbortError"), "enough", 0, null];
const CREDENTIAL: TokenCredential = {
  getToken: () => Promise.resolve({ token: "T", expiresOnTimestamp: Infinity }),
};

Deno.test(
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
  }),
);

Deno.test("removeProfilePhoto() rejects with the signal's reason in a request", LOOPBACK_ONLY, async () => {
  const signingIn = clientSecretCredential({ tenantId: "t", clientId: "c", clientSecret: "s" });
  for (const reason of REASONS) {
    for (const credential of [CREDENTIAL, signingIn]) {
      const arrived = Promise.withResolvers<void>();
      const answer = Promise.withResolvers<Response>();
      await using server = serve(() => {
        arrived.resolve();
        return answer.promise;
      });
      const controller = new AbortController();
      const cloud = { graph: server.url, authority: server.url };
      const removal = removeProfilePhoto(ALEX, { credential, cloud, signal: controller.signal });
      await arrived.promise;
      controller.abort(reason);
      assertEquals(await promptRejection(removal), reason);
      assertEquals(server.received.length, 1);
      answer.resolve(new Response());
    }
  }
});

Deno.test(
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
  }),
);
