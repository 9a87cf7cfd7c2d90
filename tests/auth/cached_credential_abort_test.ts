import { cachedCredential } from "../../lib/auth/cached_credential.ts";
import type { AccessToken } from "../../lib/auth/token_credential.ts";
import { assertEquals } from "../deps/assert.ts";
import { lookedAtLater, PENDING, rejection, settledNow } from "../support/promises.ts";
import { test } from "../support/test.ts";

/** A cached credential whose fetches the test ends; an abort alone ends none, as a network is slow to close. */
function setUp() {
  const fetches: (PromiseWithResolvers<AccessToken> & { signal: AbortSignal })[] = [];
  const credential = cachedCredential((_request, signal) => {
    const fetch = { ...Promise.withResolvers<AccessToken>(), signal };
    fetches.push(fetch);
    return fetch.promise;
  });
  const get = (abortSignal?: AbortSignal) =>
    lookedAtLater(credential.getToken("scope", { abortSignal }).then((answer) => answer!.token));
  const give = (at: number, token: string) =>
    fetches[at]!.resolve({ token, expiresOnTimestamp: Date.now() + 1e6 });
  return { fetches, get, give };
}

const REASONS = [new Error("enough"), "enough", 0, null];

test("cachedCredential() fetches nothing for a caller who is aborted already", "none", async () => {
  const { fetches, get } = setUp();
  for (const reason of REASONS) assertEquals(await rejection(get(AbortSignal.abort(reason))), reason);
  assertEquals(fetches.length, 0);
});

test(
  "cachedCredential() rejects an aborted caller at once with the reason, and serves the others",
  "none",
  async () => {
    for (const reason of REASONS) {
      const { fetches, get, give } = setUp();
      const controller = new AbortController();
      const others = [get(), get(new AbortController().signal)];
      const aborted = get(controller.signal);
      controller.abort(reason);
      assertEquals(await settledNow(aborted), reason);
      assertEquals(await settledNow(others[0]!), PENDING);
      assertEquals(fetches[0]!.signal.aborted, false);
      give(0, "A");
      assertEquals(await Promise.all(others), ["A", "A"]);
      assertEquals([await get(), fetches.length], ["A", 1]);
    }
  },
);

test("cachedCredential() cancels a fetch when its last caller is aborted", "none", async () => {
  const { fetches, get } = setUp();
  const controllers = [new AbortController(), new AbortController()];
  const callers = controllers.map(({ signal }) => get(signal));
  controllers[0]!.abort("first");
  assertEquals(await settledNow(callers[0]!), "first");
  assertEquals(fetches[0]!.signal.aborted, false);
  controllers[1]!.abort("second");
  assertEquals(await settledNow(callers[1]!), "second");
  assertEquals(fetches[0]!.signal.aborted, true);
  fetches[0]!.reject(fetches[0]!.signal.reason);
});

test(
  "cachedCredential() fetches anew for a caller who comes while a cancelled fetch is ending",
  "none",
  async () => {
    const { fetches, get, give } = setUp();
    const controller = new AbortController();
    const aborted = get(controller.signal);
    controller.abort("enough");
    assertEquals(await rejection(aborted), "enough");
    const next = get();
    fetches[0]!.reject(fetches[0]!.signal.reason);
    assertEquals(fetches.length, 2, "the caller waits for the cancelled fetch");
    give(1, "A");
    assertEquals(await next, "A");
    assertEquals([await get(), fetches.length], ["A", 2]);
  },
);

test(
  "cachedCredential() does not take a good fetch away when a cancelled one ends after it",
  "none",
  async () => {
    const { fetches, get, give } = setUp();
    const controller = new AbortController();
    const aborted = get(controller.signal);
    controller.abort("enough");
    await rejection(aborted);
    const [second, third] = [get(), get()];
    fetches[0]!.reject(fetches[0]!.signal.reason);
    await settledNow(second);
    const fourth = get();
    assertEquals(fetches.length, 2, "callers at the same time do not share a fetch");
    give(1, "A");
    assertEquals(await Promise.all([second, third, fourth]), ["A", "A", "A"]);
  },
);
