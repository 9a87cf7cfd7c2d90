import { cachedCredential, type TokenRequest } from "../../lib/auth/cached_credential.ts";
import type { AccessToken, GetTokenOptions } from "../../lib/auth/token_credential.ts";
import { assert, assertEquals } from "../deps/assert.ts";
import { type FakeClock, fakeClock } from "../support/fake_clock.ts";
import { lookedAtLater, PENDING, rejection, settledNow } from "../support/promises.ts";
import { NONE } from "../support/test.ts";

const MINUTE = 60_000;
const SCOPE = "https://graph.example/.default";

/** A token request that the test ends. Aborting its signal does not end it, as on a slow network. */
interface PendingRequest {
  readonly request: TokenRequest;
  readonly signal: AbortSignal;
  give(token: string, minutes?: number): Promise<void>;
  fail(error: unknown): Promise<void>;
}

/** A cached credential whose token requests the test controls. */
function setUp() {
  const clock: FakeClock = fakeClock();
  const requests: PendingRequest[] = [];
  const credential = cachedCredential((request, signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<AccessToken>();
    requests.push({
      request,
      signal,
      give: async (token, minutes = 60) => {
        resolve({ token, expiresOnTimestamp: clock.now() + minutes * MINUTE });
        await settledNow(promise);
      },
      fail: async (error) => {
        reject(error);
        await settledNow(promise);
      },
    });
    return promise;
  }, clock);
  const get = (options: GetTokenOptions = {}, scope = SCOPE) =>
    lookedAtLater(credential.getToken(scope, options).then((answer) => answer!.token));
  return { clock, requests, credential, get };
}

/** The same, with a token in the cache. */
async function setUpWithToken(token = "A", minutes = 60) {
  const all = setUp();
  const first = all.get();
  await all.requests[0]!.give(token, minutes);
  assertEquals(await first, token);
  return all;
}

Deno.test(
  "cachedCredential() requests one token for concurrent callers, and no other while it is valid",
  NONE,
  async () => {
    const { clock, requests, get, credential } = setUp();
    const callers = [get(), get(), get({ abortSignal: new AbortController().signal })];
    assertEquals(requests.length, 1);
    await requests[0]!.give("A");
    assertEquals(await Promise.all(callers), ["A", "A", "A"]);
    clock.advance(54 * MINUTE);
    assertEquals(await get(), "A");
    assertEquals(await credential.getToken([SCOPE]), {
      token: "A",
      expiresOnTimestamp: clock.now() + 6 * MINUTE,
    });
    assertEquals(requests.length, 1);
  },
);

Deno.test("cachedCredential() keeps scopes, authorities and tenants apart", NONE, async () => {
  const { requests, get } = setUp();
  const asked: [GetTokenOptions, string][] = [
    [{}, SCOPE],
    [{}, "https://graph.other/.default"],
    [{ authority: "https://login.example" }, SCOPE],
    [{ tenantId: "other" }, SCOPE],
  ];
  const callers = asked.map(([options, scope]) => get(options, scope));
  for (const [at, pending] of requests.entries()) await pending.give(`token ${at}`);
  assertEquals(await Promise.all(callers), ["token 0", "token 1", "token 2", "token 3"]);
  const again = asked.map(([options, scope]) => get(options, scope));
  assertEquals(await Promise.all(again), ["token 0", "token 1", "token 2", "token 3"]);
  const { scope, authority, tenantId } = requests[3]!.request;
  assertEquals([scope, authority, tenantId], [SCOPE, undefined, "other"]);
});

for (const [minutes, renewedAfter] of [[60, 55], [20, 15], [10, 5], [6, 3], [1, 0.5]] as const) {
  Deno.test(
    `cachedCredential() renews a token of ${minutes} min after ${renewedAfter} min`,
    NONE,
    async () => {
      const { clock, requests, get } = await setUpWithToken("A", minutes);
      clock.advance(renewedAfter * MINUTE - 1);
      assertEquals([await get(), requests.length], ["A", 1]);
      clock.advance(1);
      const callers = [get(), get()];
      assertEquals(requests.length, 2);
      await requests[1]!.give("B");
      assertEquals(await Promise.all(callers), ["B", "B"]);
      assertEquals([await get(), requests.length], ["B", 2]);
    },
  );
}

Deno.test(
  "cachedCredential() returns a token that cannot be renewed as long as it is valid",
  NONE,
  async () => {
    const { clock, requests, get } = await setUpWithToken();
    for (const minute of [55, 59]) {
      clock.advance(minute * MINUTE - (clock.now() - fakeClock().now()));
      const caller = get();
      await requests.at(-1)!.fail(new Error("Entra is down"));
      assertEquals(await caller, "A");
      const asked = requests.length;
      clock.advance(MINUTE - 1);
      assertEquals(
        [await get(), requests.length],
        ["A", asked],
        "renewal is retried too soon",
      );
    }
    clock.advance(1);
    const error = new Error("Entra is still down");
    const caller = get();
    await requests.at(-1)!.fail(error);
    assertEquals(await rejection(caller), error);
    const later = get();
    await requests.at(-1)!.give("B");
    assertEquals(await later, "B");
  },
);

Deno.test(
  "cachedCredential() does not return a token that expires while its renewal fails",
  NONE,
  async () => {
    const { clock, requests, get } = await setUpWithToken();
    clock.advance(59 * MINUTE);
    const caller = get();
    clock.advance(2 * MINUTE);
    const error = new Error("Entra is down");
    await requests[1]!.fail(error);
    assertEquals(await rejection(caller), error);
  },
);

Deno.test(
  "cachedCredential() fails all callers of a failed request, and starts another for the next",
  NONE,
  async () => {
    const { requests, get } = setUp();
    const error = new Error("refused");
    const callers = [get(), get()];
    await requests[0]!.fail(error);
    assertEquals(await Promise.all(callers.map(rejection)), [error, error]);
    const next = get();
    await requests[1]!.give("A");
    assertEquals(await next, "A");
  },
);

Deno.test("cachedCredential() does not return a refused token again", NONE, async () => {
  const { requests, get } = await setUpWithToken();
  assertEquals(await get({ refusedToken: "an older one" }), "A");
  const callers = [get({ refusedToken: "A" }), get({ refusedToken: "A" })];
  assertEquals(requests.length, 2);
  await requests[1]!.give("B");
  assertEquals(await Promise.all(callers), ["B", "B"]);
  assertEquals([await get({ refusedToken: "A" }), await get(), requests.length], ["B", "B", 2]);
});

Deno.test("cachedCredential() does not return a refused token when it cannot be replaced", NONE, async () => {
  const { requests, get } = await setUpWithToken();
  const error = new Error("Entra is down");
  const caller = get({ refusedToken: "A" });
  await requests[1]!.fail(error);
  assertEquals(await rejection(caller), error);
  const next = get(); // another caller, whose token was not refused
  assertEquals(await settledNow(next), PENDING);
  await requests[2]!.give("B");
  assertEquals(await next, "B");
});

Deno.test(
  "cachedCredential() requests a token with claims, and caches it for all callers",
  NONE,
  async () => {
    const { requests, get } = await setUpWithToken();
    const callers = [get({ claims: '{"a":1}' }), get({ claims: '{"a":1}' })];
    assertEquals(requests.map(({ request }) => request.claims), [undefined, '{"a":1}']);
    await requests[1]!.give("B");
    assertEquals(await Promise.all(callers), ["B", "B"]);
    assertEquals([await get(), await get({ claims: '{"a":1}' }), requests.length], ["B", "B", 2]);
    const others = get({ claims: '{"a":2}' });
    await requests[2]!.give("C");
    assertEquals([await others, requests[2]!.request.claims], ["C", '{"a":2}']);
  },
);

Deno.test("cachedCredential() does not share a request with other claims", NONE, async () => {
  const { requests, get } = setUp();
  const [plain, challenged] = [get(), get({ claims: '{"a":1}' })];
  assertEquals(requests.length, 2);
  await requests[1]!.give("B");
  await requests[0]!.give("A");
  assertEquals([await plain, await challenged], ["A", "B"]);
  assert(["A", "B"].includes(await get()));
});

const REASONS = [new Error("enough"), "enough", 0, null];

Deno.test("cachedCredential() requests nothing for a caller that has aborted", NONE, async () => {
  const { requests, get } = setUp();
  for (const reason of REASONS) {
    assertEquals(await rejection(get({ abortSignal: AbortSignal.abort(reason) })), reason);
  }
  assertEquals(requests.length, 0);
});

Deno.test(
  "cachedCredential() rejects a caller that aborts at once, and serves the others",
  NONE,
  async () => {
    for (const reason of REASONS) {
      const { requests, get } = setUp();
      const controller = new AbortController();
      const others = [get(), get({ abortSignal: new AbortController().signal })];
      const aborted = get({ abortSignal: controller.signal });
      controller.abort(reason);
      assertEquals(await settledNow(aborted), reason);
      assertEquals(await settledNow(others[0]!), PENDING);
      assertEquals(requests[0]!.signal.aborted, false);
      await requests[0]!.give("A");
      assertEquals(await Promise.all(others), ["A", "A"]);
      assertEquals([await get(), requests.length], ["A", 1]);
    }
  },
);

Deno.test("cachedCredential() aborts a request when its last caller aborts", NONE, async () => {
  const { requests, get } = setUp();
  const controllers = [new AbortController(), new AbortController()];
  const callers = controllers.map(({ signal }) => get({ abortSignal: signal }));
  controllers[0]!.abort("first");
  assertEquals(await settledNow(callers[0]!), "first");
  assertEquals(requests[0]!.signal.aborted, false);
  controllers[1]!.abort("second");
  assertEquals(await settledNow(callers[1]!), "second");
  assertEquals(requests[0]!.signal.aborted, true);
  await requests[0]!.fail(requests[0]!.signal.reason);
});

Deno.test("cachedCredential() starts one request for all callers after an aborted one", NONE, async () => {
  const { requests, get } = setUp();
  const controller = new AbortController();
  const aborted = get({ abortSignal: controller.signal });
  controller.abort("enough");
  assertEquals(await rejection(aborted), "enough");
  const callers = [get(), get()];
  assertEquals(requests.length, 2, "they wait for the aborted request");
  await requests[0]!.fail(requests[0]!.signal.reason); // must not displace the second request
  callers.push(get());
  assertEquals(requests.length, 2, "concurrent callers do not share a request");
  await requests[1]!.give("A");
  assertEquals(await Promise.all(callers), ["A", "A", "A"]);
  assertEquals([await get(), requests.length], ["A", 2]);
});
