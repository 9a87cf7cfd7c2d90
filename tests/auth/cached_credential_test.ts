import { cachedCredential, type TokenRequest } from "../../lib/auth/cached_credential.ts";
import type { AccessToken, GetTokenOptions } from "../../lib/auth/token_credential.ts";
import { assert, assertEquals } from "../deps/assert.ts";
import { type FakeClock, fakeClock } from "../support/fake_clock.ts";
import { lookedAtLater, PENDING, rejection, settledNow } from "../support/promises.ts";
import { test } from "../support/test.ts";

const MINUTE = 60_000;
const SCOPE = "https://graph.example/.default";

/** One fetch of a token, which the test ends as it likes. */
interface Fetch {
  readonly request: TokenRequest;
  readonly signal: AbortSignal;
  give(token: string, minutes?: number): Promise<void>;
  fail(error: unknown): Promise<void>;
}

/** A cached credential whose fetches are in the test's hand. */
function setUp() {
  const clock: FakeClock = fakeClock();
  const fetches: Fetch[] = [];
  const credential = cachedCredential((request, signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<AccessToken>();
    fetches.push({
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
  return { clock, fetches, credential, get };
}

/** The same with a first token that is good for an hour. */
async function setUpWithToken(token = "A", minutes = 60) {
  const all = setUp();
  const first = all.get();
  await all.fetches[0]!.give(token, minutes);
  assertEquals(await first, token);
  return all;
}

test(
  "cachedCredential() fetches once for concurrent callers, and not again while the token is good",
  "none",
  async () => {
    const { clock, fetches, get, credential } = setUp();
    const callers = [get(), get(), get({ abortSignal: new AbortController().signal })];
    assertEquals(fetches.length, 1);
    await fetches[0]!.give("A");
    assertEquals(await Promise.all(callers), ["A", "A", "A"]);
    clock.advance(54 * MINUTE);
    assertEquals(await get(), "A");
    assertEquals(await credential.getToken([SCOPE]), {
      token: "A",
      expiresOnTimestamp: clock.now() + 6 * MINUTE,
    });
    assertEquals(fetches.length, 1);
  },
);

test("cachedCredential() keeps scopes, authorities and tenants apart", "none", async () => {
  const { fetches, get } = setUp();
  const asked: [GetTokenOptions, string][] = [
    [{}, SCOPE],
    [{}, "https://graph.other/.default"],
    [{ authority: "https://login.example" }, SCOPE],
    [{ tenantId: "other" }, SCOPE],
  ];
  const callers = asked.map(([options, scope]) => get(options, scope));
  for (const [at, fetch] of fetches.entries()) await fetch.give(`token ${at}`);
  assertEquals(await Promise.all(callers), ["token 0", "token 1", "token 2", "token 3"]);
  const again = asked.map(([options, scope]) => get(options, scope));
  assertEquals(await Promise.all(again), ["token 0", "token 1", "token 2", "token 3"]);
  const { scope, authority, tenantId } = fetches[3]!.request;
  assertEquals([scope, authority, tenantId], [SCOPE, undefined, "other"]);
});

for (const [minutes, renewedAfter] of [[60, 55], [20, 15], [10, 5], [6, 3], [1, 0.5]] as const) {
  test(`cachedCredential() renews a token of ${minutes} min after ${renewedAfter} min`, "none", async () => {
    const { clock, fetches, get } = await setUpWithToken("A", minutes);
    clock.advance(renewedAfter * MINUTE - 1);
    assertEquals([await get(), fetches.length], ["A", 1]);
    clock.advance(1);
    const callers = [get(), get()];
    assertEquals(fetches.length, 2);
    await fetches[1]!.give("B");
    assertEquals(await Promise.all(callers), ["B", "B"]);
    assertEquals([await get(), fetches.length], ["B", 2]);
  });
}

test(
  "cachedCredential() keeps a token that cannot be renewed for as long as it is good",
  "none",
  async () => {
    const { clock, fetches, get } = await setUpWithToken();
    for (const minute of [55, 59]) {
      clock.advance(minute * MINUTE - (clock.now() - fakeClock().now()));
      const caller = get();
      await fetches.at(-1)!.fail(new Error("Entra is down"));
      assertEquals(await caller, "A");
      const asked = fetches.length;
      clock.advance(MINUTE - 1);
      assertEquals(
        [await get(), fetches.length],
        ["A", asked],
        "a sign-in that is down is not asked each time",
      );
    }
    clock.advance(1);
    const error = new Error("Entra is still down");
    const caller = get();
    await fetches.at(-1)!.fail(error);
    assertEquals(await rejection(caller), error);
    const later = get();
    await fetches.at(-1)!.give("B");
    assertEquals(await later, "B");
  },
);

test("cachedCredential() does not keep a token that expires while its renewal fails", "none", async () => {
  const { clock, fetches, get } = await setUpWithToken();
  clock.advance(59 * MINUTE);
  const caller = get();
  clock.advance(2 * MINUTE);
  const error = new Error("Entra is down");
  await fetches[1]!.fail(error);
  assertEquals(await rejection(caller), error);
});

test(
  "cachedCredential() fails every caller of a fetch that fails, and fetches anew for the next",
  "none",
  async () => {
    const { fetches, get } = setUp();
    const error = new Error("refused");
    const callers = [get(), get()];
    await fetches[0]!.fail(error);
    assertEquals(await Promise.all(callers.map(rejection)), [error, error]);
    const next = get();
    await fetches[1]!.give("A");
    assertEquals(await next, "A");
  },
);

test("cachedCredential() does not hand out a refused token again", "none", async () => {
  const { fetches, get } = await setUpWithToken();
  assertEquals(await get({ refusedToken: "an older one" }), "A");
  const callers = [get({ refusedToken: "A" }), get({ refusedToken: "A" })];
  assertEquals(fetches.length, 2);
  await fetches[1]!.give("B");
  assertEquals(await Promise.all(callers), ["B", "B"]);
  assertEquals([await get({ refusedToken: "A" }), await get(), fetches.length], ["B", "B", 2]);
});

test("cachedCredential() does not hand out a refused token when no other can be had", "none", async () => {
  const { fetches, get } = await setUpWithToken();
  const error = new Error("Entra is down");
  const caller = get({ refusedToken: "A" });
  await fetches[1]!.fail(error);
  assertEquals(await rejection(caller), error);
  const next = get(); // another caller, who has not met the refusal
  assertEquals(await settledNow(next), PENDING);
  await fetches[2]!.give("B");
  assertEquals(await next, "B");
});

test("cachedCredential() fetches a token for claims, and keeps it for all", "none", async () => {
  const { fetches, get } = await setUpWithToken();
  const callers = [get({ claims: '{"a":1}' }), get({ claims: '{"a":1}' })];
  assertEquals(fetches.map(({ request }) => request.claims), [undefined, '{"a":1}']);
  await fetches[1]!.give("B");
  assertEquals(await Promise.all(callers), ["B", "B"]);
  assertEquals([await get(), await get({ claims: '{"a":1}' }), fetches.length], ["B", "B", 2]);
  const others = get({ claims: '{"a":2}' });
  await fetches[2]!.give("C");
  assertEquals([await others, fetches[2]!.request.claims], ["C", '{"a":2}']);
});

test("cachedCredential() does not make do with a fetch under way for other claims", "none", async () => {
  const { fetches, get } = setUp();
  const [plain, challenged] = [get(), get({ claims: '{"a":1}' })];
  assertEquals(fetches.length, 2);
  await fetches[1]!.give("B");
  await fetches[0]!.give("A");
  assertEquals([await plain, await challenged], ["A", "B"]);
  assert(["A", "B"].includes(await get()));
});
