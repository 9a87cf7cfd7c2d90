import { type ClientCredentialsRequest, requestToken } from "../../lib/auth/request_token.ts";
import type { AccessToken } from "../../lib/auth/token_credential.ts";
import type { Emulator, Fault } from "../../lib/emulator/mod.ts";
import { CredentialError } from "../../lib/errors.ts";
import { systemClock } from "../../lib/http/clock.ts";
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "../deps/assert.ts";
import { emulatorTest } from "../support/emulated.ts";
import { type FakeClock, fakeClock } from "../support/fake_clock.ts";
import { promptRejection } from "../support/promises.ts";
import { serve, unusedRoot } from "../support/server.ts";
import { LOOPBACK_ONLY } from "../support/test.ts";

function requestTo(url: string, more: Partial<ClientCredentialsRequest> = {}): ClientCredentialsRequest {
  return {
    tokenUrl: `${url}/contoso.com/oauth2/v2.0/token`,
    clientId: "app-id",
    scope: `${url}/.default`,
    proof: { client_secret: "canary-secret" },
    ...more,
  };
}

function signIn(tenant: Emulator, clock: FakeClock = fakeClock()): Promise<AccessToken> {
  const { clientId, clientSecret: client_secret } = tenant;
  return requestToken(requestTo(tenant.url, { clientId, proof: { client_secret } }), { fetch, clock });
}

const signInAt = (url: string) => requestToken(requestTo(url), { fetch, clock: fakeClock() });
const refusal = (promise: Promise<unknown>) => assertRejects(() => promise, CredentialError);

const onToken = (fault: Fault): Fault => ({ ...fault, on: "token" });
const status = (status: number, more: object = {}) => onToken({ kind: "status", status, ...more });

const TRANSIENT: readonly Fault[] = [
  ...[429, 500, 502, 503, 504].map((code) => status(code)),
  ...["90006", "90024", "90033", "90090"].map((code) => status(400, { code })),
  onToken({ kind: "drop" }),
  onToken({ kind: "truncate" }),
];

Deno.test(emulatorTest("requestToken() retries transient failures, with back-off", async (tenant) => {
  for (const fault of TRANSIENT) {
    const before = tenant.counts.token;
    const clock = fakeClock();
    tenant.fault(fault);
    const { token, expiresOnTimestamp } = await signIn(tenant, clock);
    assert(token.length > 0);
    assertEquals(expiresOnTimestamp, clock.now() + 3599_000); // counted from the second request
    assertEquals([...clock.sleeps], [250]); // the fake clock's random() is 0.5
    assertEquals(tenant.counts.token - before, 2);
  }
}));

Deno.test(emulatorTest("requestToken() obeys Retry-After, and gives up if it is too long", async (tenant) => {
  const clock = fakeClock();
  tenant.fault(status(429, { retryAfter: "7" }));
  tenant.fault(status(503, { retryAfter: new Date(clock.now() + 60_000).toUTCString() }));
  await signIn(tenant, clock);
  assertEquals([...clock.sleeps], [7000, 53_000]);
  tenant.fault(status(429, { retryAfter: "3600" }));
  const error = await refusal(signIn(tenant));
  assertEquals(error.code, "SignInFailed");
  assertStringIncludes(error.message, "answered 429 and asks to wait 3600 s");
}));

Deno.test(emulatorTest("requestToken() gives up after four attempts", async (tenant) => {
  tenant.fault(status(503, { times: Infinity }));
  const clock = fakeClock();
  const error = await refusal(signIn(tenant, clock));
  assertEquals(error.code, "SignInFailed");
  assertStringIncludes(error.message, "answered 503");
  assertStringIncludes(error.hint!, "later");
  assertEquals([...clock.sleeps], [250, 500, 1000]);
  assertEquals(tenant.counts.token, 4);
}));

Deno.test(
  emulatorTest("requestToken() keeps Entra's code and correlation id when it gives up", async (tenant) => {
    tenant.fault(status(503, { code: "90033", times: Infinity }));
    const error = await refusal(signIn(tenant));
    assertEquals([...error.aadstsCodes], [90033]);
    assertMatch(error.correlationId!, /^[0-9a-f-]{36}$/);
    assertStringIncludes(error.message, error.correlationId!);
  }),
);

Deno.test(emulatorTest("requestToken() does not retry after a refusal", async (tenant) => {
  for (
    const [code, aadsts] of [[400, "700016"], [401, "7000215"], [403, "7000222"], [404, "90002"]] as const
  ) {
    const before = tenant.counts.token;
    tenant.fault(status(code, { code: aadsts }));
    const error = await refusal(signIn(tenant));
    assertEquals([error.code, [...error.aadstsCodes]], ["SignInRefused", [Number(aadsts)]]);
    assertStringIncludes(error.message, `Entra answered ${code}`);
    assertEquals(tenant.counts.token - before, 1);
  }
}));

Deno.test(
  "requestToken() throws with the cause if the sign-in service cannot be reached",
  LOOPBACK_ONLY,
  async () => {
    const error = await refusal(signInAt(unusedRoot()));
    assertEquals(error.code, "SignInFailed");
    assertMatch(error.message, /connection to the sign-in service failed: .*refused/i);
    assertStringIncludes(error.hint!, "network");
    assert(error.cause instanceof Error);
  },
);

/** Bodies with the status 200 that contain no usable token. */
const NO_TOKENS: readonly string[] = [
  "",
  "T",
  "<html>sign in</html>",
  "null",
  "[]",
  '"T"',
  "{}",
  '{"expires_in":3599}',
  ...[null, 5, "", " ", "a b", "a\nb", "tökén", {}, ["T"]].map(
    (access_token) => JSON.stringify({ access_token, expires_in: 3599 }),
  ),
  ...[null, "soon", 0, -1, "NaN", {}, "-3599"].map((expires_in) =>
    JSON.stringify({ access_token: "T", expires_in })
  ),
  JSON.stringify({ access_token: "T", padding: "x".repeat(3_000_000), expires_in: 3599 }),
];

Deno.test(
  "requestToken() throws for a response without a usable token, without a retry",
  LOOPBACK_ONLY,
  async () => {
    let body = "";
    await using server = serve(() => new Response(body));
    for (body of NO_TOKENS) {
      const before = server.received.length;
      const error = await refusal(signInAt(server.url));
      assertEquals(error.code, "SignInFailed", body.slice(0, 80));
      assertStringIncludes(error.message, "contains no access token");
      assertEquals(server.received.length - before, 1);
    }
  },
);

Deno.test("requestToken() accepts a lifetime as number or text", LOOPBACK_ONLY, async () => {
  let expires_in: unknown;
  await using server = serve(() => Response.json({ access_token: "T", expires_in }));
  for (expires_in of [3599, "3599", 3599.5]) {
    const { token, expiresOnTimestamp } = await signInAt(server.url);
    assertEquals([token, expiresOnTimestamp], ["T", fakeClock().now() + Number(expires_in) * 1000]);
  }
});

Deno.test(
  "requestToken() uses a token without a lifetime until Graph rejects it",
  LOOPBACK_ONLY,
  async () => {
    await using server = serve(() => Response.json({ token_type: "Bearer", access_token: "T" }));
    assertEquals(await signInAt(server.url), { token: "T", expiresOnTimestamp: Infinity });
  },
);

/** Web pages of proxies by status, and what to do. */
const PAGES: readonly [status: number, hint: RegExp][] = [
  [403, /proxy: it may block/],
  [407, /HTTPS_PROXY/],
  [503, /Try again later/],
];

Deno.test("requestToken() calls a proxy's web page by its name", LOOPBACK_ONLY, async () => {
  for (const [status, hint] of PAGES) {
    for (const headers of [{ "content-type": "text/html" }, { "content-type": "text/plain" }]) {
      await using server = serve(() => new Response(" <h1>Blocked</h1>", { status, headers }));
      const error = await refusal(signInAt(server.url));
      assertEquals(error.code, "SignInFailed");
      assertMatch(error.message, new RegExp(`other than Entra answered ${status} with a web page, .*proxy`));
      assertMatch(error.hint!, hint);
    }
  }
});

Deno.test(
  "requestToken() throws for a refusal that is not Entra's, without a retry",
  LOOPBACK_ONLY,
  async () => {
    for (const body of ["blocked", "", "x".repeat(3_000_000), "{".repeat(100_000)]) {
      await using server = serve(() => new Response(body, { status: 403 }));
      const error = await refusal(signInAt(server.url));
      assertEquals([error.code, [...error.aadstsCodes], error.correlationId], ["SignInRefused", [], null]);
      assertStringIncludes(error.message, "Entra answered 403: no readable error");
      assertStringIncludes(error.hint!, "Check the authority");
      assertEquals(server.received.length, 1);
    }
  },
);

Deno.test(emulatorTest("requestToken() rejects with the signal's reason during a wait", async (tenant) => {
  const { clientId, clientSecret: client_secret } = tenant;
  for (const reason of [new Error("enough"), "enough", 0]) {
    tenant.fault(status(503, { retryAfter: "50" }));
    const controller = new AbortController();
    const sleep = (ms: number, signal?: AbortSignal) => {
      const slept = systemClock.sleep(ms, signal);
      controller.abort(reason);
      return slept;
    };
    const { signal } = controller;
    const request = requestTo(tenant.url, { clientId, proof: { client_secret } });
    assertEquals(
      await promptRejection(requestToken(request, { fetch, signal, clock: { ...systemClock, sleep } })),
      reason,
    );
  }
}));
