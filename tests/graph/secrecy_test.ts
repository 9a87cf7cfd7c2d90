import type { Emulator, Fault } from "../../lib/emulator/mod.ts";
import { GraphError } from "../../lib/errors.ts";
import { removeProfilePhoto } from "../../lib/remove_profile_photo.ts";
import { assert, assertEquals } from "../deps/assert.ts";
import { ALEX, emulatorTest, removeByClock } from "../support/emulated.ts";
import { rejection } from "../support/promises.ts";
import { assertHides } from "../support/secrecy.ts";
import { serve } from "../support/server.ts";
import { LOOPBACK, test } from "../support/test.ts";

const status = (status: number, more: object = {}): Fault => ({
  kind: "status",
  status,
  times: Infinity,
  ...more,
});

/** Every way in which a removal fails at Graph, the refused token apart. */
const FAILURES: readonly Fault[] = [
  ...[400, 403, 404, 405, 409, 429, 500, 502, 503, 504, 509].map((code) => status(code)),
  status(429, { retryAfter: "9999" }),
  { kind: "drop", times: Infinity },
  { kind: "truncate", times: Infinity },
  { kind: "stall", times: Infinity },
  { kind: "malformed", as: "html" },
  { kind: "redirect", location: "https://elsewhere.example/" },
  { kind: "expireTokens" },
];

async function failure(tenant: Emulator, credential: string, fault: Fault): Promise<unknown> {
  tenant.clearFaults();
  tenant.fault(fault);
  const timeout = fault.kind === "stall" ? 20 : 60_000;
  const options = { credential, cloud: tenant.cloud, timeout, retry: { maxAttempts: 2 } };
  return await rejection(removeByClock({ user: "diego@contoso.com" }, options));
}

emulatorTest("no failure at Graph shows the token", async (tenant) => {
  for (const fault of FAILURES) {
    const token = await tenant.issueToken();
    const error = await failure(tenant, token, fault);
    assert(error instanceof GraphError, JSON.stringify(fault));
    const [header = "", claims = "", signature = ""] = token.split(".");
    assertHides(error, [token, header, claims, signature], JSON.stringify(fault));
  }
});

emulatorTest("no success shows the token", async (tenant) => {
  const token = await tenant.issueToken();
  for (const whatIf of [true, false]) {
    const result = await removeProfilePhoto(ALEX, { credential: token, cloud: tenant.cloud, whatIf });
    assertHides(result, [token, ...token.split(".")], result.outcome);
  }
});

/** A token of the short, opaque kind, with characters that encodings change. */
const OPAQUE = "EwBcanary+token/4711==";
/** One of real length, which does not fit into what is kept of a message. */
const LONG = `eyJ${"canary/4711+".repeat(300)}`;
const escaped = (text: string) => text.replaceAll("+", "\\u002B").replaceAll("/", "\\/");

/** How a server at fault, or one that means ill, can send a token back. */
const ECHOES: Readonly<
  Record<string, (token: string) => { body?: string; headers?: Record<string, string> }>
> = {
  "in the message": (token) => ({
    body: JSON.stringify({ error: { code: "X", message: `Bad token ${token}.` } }),
  }),
  "in the message, escaped": (token) => ({
    body: escaped(JSON.stringify({ error: { code: "X", message: token } })),
  }),
  "in the code": (token) => ({ body: JSON.stringify({ error: { code: token, message: "no" } }) }),
  "in the code, escaped": (token) => ({ body: escaped(JSON.stringify({ error: { code: token } })) }),
  "in an inner code": (token) => ({ body: JSON.stringify({ error: { innerError: { code: token } } }) }),
  "in the code inside the message": (token) => ({
    body: JSON.stringify({ error: { code: "X", message: JSON.stringify({ errorCode: token }) } }),
  }),
  "in the request id": (token) => ({
    body: JSON.stringify({ error: { innerError: { "request-id": token } } }),
  }),
  "in the request-id header": (token) => ({ headers: { "request-id": token } }),
  "in every header": (token) => ({
    headers: { "www-authenticate": `Bearer x="${token}"`, location: `/${token}`, "retry-after": token },
  }),
  "as the whole body": (token) => ({ body: token }),
  "in a page": (token) => ({ body: `<html>${token}</html>`, headers: { "content-type": "text/html" } }),
};

for (const [where, echo] of Object.entries(ECHOES)) {
  test(`no outcome shows a token that the server echoes ${where}`, LOOPBACK, async () => {
    for (const token of [OPAQUE, LONG, "canary-token.4711"]) {
      for (const code of [200, 302, 400, 401, 403, 404, 429, 503]) {
        await using server = serve(() => {
          const { body, headers } = echo(token);
          return new Response(body ?? "", {
            status: code,
            headers: { "content-type": "application/json", ...headers },
          });
        });
        const cloud = { graph: server.url, authority: server.url };
        const options = { credential: token, cloud, retry: { maxAttempts: 2 } };
        const outcome = await removeByClock(ALEX, options).catch((error) => error);
        assertHides(outcome, [token, token.slice(0, 16)], `${code}`);
      }
    }
  });
}

test("an answer is understood whatever the token looks like", LOOPBACK, async () => {
  const body = JSON.stringify({ error: { code: "ImageNotFound", message: "no" } });
  await using server = serve(() => new Response(body, { status: 404 }));
  const cloud = { graph: server.url, authority: server.url };
  for (const credential of ["error", "code", "ImageNotFound", "e", '"', "{", ":"]) {
    const { outcome } = await removeProfilePhoto(ALEX, { credential, cloud });
    assertEquals(outcome, "absent", credential);
  }
});
