import { type Emulator, type Fault, startEmulator } from "../../lib/emulator/mod.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "../deps/assert.ts";
import { LOOPBACK_ONLY } from "../support/test.ts";
import {
  appClient,
  emulatorTest,
  type FetchedResponse,
  graphClient,
  requestToken,
  sendBatch,
} from "./support.ts";

const PATH = "/users/alex%40contoso.com/photo/$value";
const hasPhoto = ({ directory }: Emulator) => directory.hasPhoto("alex@contoso.com");

Deno.test(emulatorTest("A fault replaces one response, and the request is not executed", async (emulator) => {
  const app = await appClient(emulator);
  const cases: [fault: Fault, check: (response: FetchedResponse) => void][] = [
    [{ kind: "status", status: 429, retryAfter: "Wed, 21 Oct 2037 07:28:00 GMT" }, ({ headers, json }) => {
      assertEquals(headers.get("retry-after"), "Wed, 21 Oct 2037 07:28:00 GMT");
      assertEquals(json.error.code, "TooManyRequests");
    }],
    [{ kind: "status", status: 429 }, ({ headers }) => assertEquals(headers.has("retry-after"), false)],
    [{ kind: "status", status: 403, code: "X", message: "Y" }, ({ status, json }) => {
      assertEquals([status, json.error.code, json.error.message], [403, "X", "Y"]);
    }],
    [{ kind: "status", status: 509 }, ({ status, json }) => {
      assertEquals([status, json.error.code], [509, "BandwidthLimitExceeded"]);
    }],
    [{ kind: "malformed", as: "html", status: 503 }, ({ status, headers, text }) => {
      assertEquals([status, headers.get("content-type")], [503, "text/html"]);
      assertStringIncludes(text, "<html>");
    }],
    [{ kind: "body", status: 404, body: '{"error":{"code":""}}', headers: { "X-Odd": "1" } }, (response) => {
      assertEquals([response.status, response.json, response.headers.get("x-odd")], [
        404,
        { error: { code: "" } },
        "1",
      ]);
    }],
    [{ kind: "redirect", location: "https://example.com/" }, ({ status, headers }) => {
      assertEquals([status, headers.get("location")], [302, "https://example.com/"]);
    }],
  ];
  for (const [fault, check] of cases) {
    emulator.fault(fault);
    check(await app("DELETE", PATH));
    assertEquals(hasPhoto(emulator), true);
  }
  assertEquals((await app("DELETE", PATH)).status, 200);
}));

Deno.test(emulatorTest("The fault `malformed` sends truncated JSON", async (emulator) => {
  const token = await emulator.issueToken();
  emulator.fault({ kind: "malformed" });
  const response = await fetch(`${emulator.url}/v1.0${PATH}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  await assertRejects(() => response.json(), SyntaxError);
}));

Deno.test(
  emulatorTest("The fault `expireTokens` refuses tokens until a new one is issued", async (emulator) => {
    const app = await appClient(emulator);
    emulator.fault({ kind: "expireTokens" });
    for (let time = 0; time < 2; time++) {
      const { status, json } = await app("DELETE", PATH);
      assertEquals([status, json.error.code], [401, "InvalidAuthenticationToken"]);
    }
    assertEquals(hasPhoto(emulator), true);
    assertEquals((await (await appClient(emulator))("DELETE", PATH)).status, 200);
  }),
);

Deno.test(
  emulatorTest("The fault `claimsChallenge` lasts until the claims are requested", async (emulator) => {
    const client_secret = emulator.clientSecret;
    const claims = '{"access_token":{"nbf":{"essential":true,"value":"1"}}}';
    const merged = '{"access_token":{"xms_cc":{"values":["cp1"]},"nbf":{"essential":true,"value":"1"}}}';
    const statusWith = async (form: Record<string, string>) => {
      const { json } = await requestToken(emulator, { client_secret, ...form });
      return (await graphClient(emulator, json.access_token)("GET", PATH)).status;
    };
    const app = await appClient(emulator);
    emulator.fault({ kind: "claimsChallenge", claims });
    const { status, headers } = await app("GET", PATH);
    assertEquals(status, 401);
    const challenge = headers.get("www-authenticate") ?? "";
    assertStringIncludes(challenge, 'error="insufficient_claims"');
    assertEquals(atob(/claims="([^"]+)"/.exec(challenge)![1]!), claims);
    assertEquals(await statusWith({}), 401);
    assertEquals(await statusWith({ claims: claims.replace('"1"', '"2"') }), 401);
    assertEquals(await statusWith({ claims: merged }), 200);
    const issued = graphClient(emulator, await emulator.issueToken({ claims }));
    assertEquals((await issued("GET", PATH)).status, 200);
  }),
);

Deno.test(emulatorTest("A fault hits the requests that match it", async (emulator) => {
  const app = await appClient(emulator);
  emulator.fault({ kind: "status", status: 500, match: { method: "delete", path: "alex%40" } });
  emulator.fault({
    kind: "status",
    status: 503,
    times: 2,
    match: ({ headers }) => headers["x-mark"] === "1",
  });
  emulator.fault({ kind: "status", status: 504, on: "batch" });
  const marked = { headers: { "x-mark": "1" } };
  assertEquals((await app("GET", PATH)).status, 200);
  assertEquals((await app("DELETE", "/users/lee@contoso.com/photo/$value")).status, 404);
  for (const status of [503, 503, 200]) assertEquals((await app("GET", PATH, marked)).status, status);
  for (const status of [500, 200]) assertEquals((await app("DELETE", PATH)).status, status);
  const batch = [{ id: "1", method: "GET", url: "/users" }];
  for (const status of [504, 200]) assertEquals((await sendBatch(app, batch)).status, status);
  assertEquals(emulator.faultCounts, { "status 503": 2, "status 500": 1, "status 504": 1 });
}));

Deno.test(emulatorTest("A fault with `timesEach` hits the same request only that often", async (emulator) => {
  const app = await appClient(emulator);
  emulator.fault({ kind: "status", status: 503, times: Infinity, timesEach: 2 });
  for (const path of ["/users", "/groups"]) {
    const statuses = [await app("GET", path), await app("GET", path), await app("GET", path)];
    assertEquals(statuses.map(({ status }) => status), [503, 503, 200], path);
  }
  emulator.fault({ kind: "status", status: 500, times: Infinity });
  emulator.clearFaults();
  assertEquals((await app("GET", "/me")).status, 400);
}));

async function hitPattern(emulator: Emulator): Promise<string> {
  const app = await appClient(emulator);
  emulator.fault({ kind: "status", status: 503, rate: 0.3 });
  let pattern = "";
  for (let time = 0; time < 200; time++) pattern += (await app("GET", "/groups")).status === 503 ? "x" : ".";
  return pattern;
}

Deno.test("A fault with `rate` depends on the seed", LOOPBACK_ONLY, async () => {
  const patterns: string[] = [];
  for (const seed of [7, 7, 8]) {
    await using emulator = await startEmulator({ seed });
    patterns.push(await hitPattern(emulator));
  }
  const hits = patterns[0]!.replaceAll(".", "").length;
  assert(hits > 40 && hits < 80, patterns[0]);
  assertEquals(patterns[0], patterns[1]);
  assert(patterns[0] !== patterns[2]);
});

Deno.test(emulatorTest("Faults on `item` hit requests inside a batch", async (emulator) => {
  const app = await appClient(emulator);
  const names = ["alex", "diego", "grady", "isaiah", "nestor", "joni"];
  emulator.fault({ on: "item", kind: "status", status: 429, retryAfter: "7", match: { path: "alex" } });
  emulator.fault({ on: "item", kind: "status", status: 503, applied: true, match: { path: "diego" } });
  emulator.fault({ on: "item", kind: "omit", match: { path: "grady" } });
  emulator.fault({ on: "item", kind: "duplicate", match: { path: "isaiah" } });
  emulator.fault({ on: "item", kind: "rename", match: { path: "nestor" } });
  emulator.fault({ on: "item", kind: "expireTokens", match: { path: "joni" } });
  const requests = names.map((name) => ({
    id: name,
    method: "DELETE",
    url: `/users/${name}%40contoso.com/photo/$value`,
  }));
  const { json } = await sendBatch(app, requests);
  // deno-lint-ignore no-explicit-any
  const responses: any[] = json.responses;
  const statuses = responses.map(({ id, status }) => `${id} ${status}`).toSorted();
  assertEquals(statuses, ["alex 429", "diego 503", "isaiah 200", "isaiah 200", "joni 401", "nobody 200"]);
  assertEquals(responses.find(({ id }) => id === "alex").headers["Retry-After"], "7");
  const kept = names.filter((name) => emulator.directory.hasPhoto(`${name}@contoso.com`));
  assertEquals(kept, ["alex", "joni"]);
}));

Deno.test(emulatorTest("Faults on `token` do not affect Graph", async (emulator) => {
  const client_secret = emulator.clientSecret;
  const app = await appClient(emulator);
  emulator.fault({ on: "token", kind: "status", status: 429, retryAfter: "1" });
  emulator.fault({ on: "token", kind: "status", status: 503 });
  emulator.fault({ on: "token", kind: "status", status: 401, code: "AADSTS7000222" });
  emulator.fault({ on: "token", kind: "drop" });
  assertEquals((await app("GET", PATH)).status, 200);
  const throttled = await requestToken(emulator, { client_secret });
  assertEquals([throttled.status, throttled.headers.get("retry-after")], [429, "1"]);
  assertEquals(throttled.headers.get("content-type"), "text/plain");
  const transient = await requestToken(emulator, { client_secret });
  assertEquals([transient.status, transient.json.error_codes], [503, [90033]]);
  assertEquals((await requestToken(emulator, { client_secret })).json.error_codes, [7000222]);
  await assertRejects(() => requestToken(emulator, { client_secret }), TypeError);
  assertEquals((await requestToken(emulator, { client_secret })).status, 200);
}));

Deno.test(emulatorTest("`Emulator.fault()` throws if the fault cannot occur", async (emulator) => {
  await Promise.resolve();
  const faults: Fault[] = [
    { on: "item", kind: "drop" },
    { on: "batch", kind: "omit" },
    { kind: "duplicate" },
    { on: "token", kind: "expireTokens" },
    { kind: "drop", rate: 1.5 },
    { kind: "drop", rate: NaN },
  ];
  for (const fault of faults) assertThrows(() => emulator.fault(fault), RangeError, "Cannot queue fault");
}));
