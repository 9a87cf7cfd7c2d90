import {
  clientAssertionCredential,
  clientCertificateCredential,
  clientSecretCredential,
} from "../lib/auth/client_credentials.ts";
import { requestToken } from "../lib/auth/request_token.ts";
import { CredentialError, GraphError } from "../lib/errors.ts";
import { removeProfilePhoto } from "../lib/remove_profile_photo.ts";
import { assert, assertEquals, assertRejects } from "./deps/assert.ts";
import { keyMaterial, keyPem, makeIdentity } from "./support/certificates.ts";
import { ALEX, emulatorTest, removeByClock } from "./support/emulated.ts";
import { fakeClock } from "./support/fake_clock.ts";
import { rejection } from "./support/promises.ts";
import { assertHides } from "./support/secrecy.ts";
import { type Received, serve, unusedRoot } from "./support/server.ts";
import { forms, generousAuthority } from "./support/sign_in.ts";
import { LOOPBACK_ONLY } from "./support/test.ts";

/** A request that carries a secret, and where the service's error responses have room for a text. */
interface Exchange {
  request(url: string, secret: string): Promise<unknown>;
  fields: Readonly<Record<string, (text: string) => object>>;
  statuses: readonly number[];
  secrets: readonly string[];
}

/** Like Entra's secrets; with characters that encodings change; longer than what is kept of a message. */
const TOKENS = ["Abc8Q~canary-secret_4711.Q", "EwBcanary+token/4711==", `eyJ${"canary/4711+".repeat(300)}`];

const signIn = (url: string, proof: Record<string, string>) =>
  requestToken({ tokenUrl: `${url}/t/oauth2/v2.0/token`, clientId: "c", scope: "s", proof }, {
    fetch,
    clock: fakeClock(),
  });
const SIGN_IN: Omit<Exchange, "request"> = {
  fields: {
    "the description": (text) => ({
      error: "invalid_client",
      error_codes: [7000215],
      error_description: `AADSTS7000215: No: ${text}`,
    }),
    "the error": (text) => ({ error: text }),
    "the correlation id": (text) => ({ error_codes: [7000215], correlation_id: text }),
  },
  statuses: [200, 302, 400, 401, 403, 429, 503],
  secrets: [...TOKENS, 'Ab+c/8"canary\\secret =&%<é>'],
};

const EXCHANGES: Readonly<Record<string, Exchange>> = {
  "the sign-in with a secret": {
    ...SIGN_IN,
    request: (url, client_secret) => signIn(url, { client_secret }),
  },
  "a removal": {
    request: (url, credential) =>
      removeByClock(ALEX, { credential, cloud: { graph: url, authority: url }, retry: { maxAttempts: 2 } }),
    fields: {
      "the message": (text) => ({ error: { code: "X", message: `Bad token ${text}.` } }),
      "the code": (text) => ({ error: { code: text, message: "no" } }),
      "an inner code": (text) => ({ error: { innerError: { code: text } } }),
      "the code inside the message": (text) => ({
        error: { code: "X", message: JSON.stringify({ errorCode: text }) },
      }),
      "the request id": (text) => ({ error: { innerError: { "request-id": text } } }),
    },
    statuses: [200, 302, 400, 401, 403, 404, 429, 503],
    secrets: TOKENS,
  },
};

const unicodeEscape = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
const escapeAsDotNet = (json: string) => json.replace(/[+/<>&']/g, unicodeEscape);
const escapeSlashes = (json: string) => json.replaceAll("/", "\\/");

interface Echo {
  body?: string;
  headers?: Record<string, string>;
}

/** Every way in which a server, or a proxy, can send back what it received. */
function echoes({ fields }: Exchange, secret: string, { body, headers }: Received): Record<string, Echo> {
  const sent = body || headers.get("authorization")!;
  const json = Object.entries(fields).flatMap(([name, field]) => [
    [name, JSON.stringify(field(secret))],
    [`${name}, escaped as .NET does`, escapeAsDotNet(JSON.stringify(field(secret)))],
    [`${name}, with escaped slashes`, escapeSlashes(JSON.stringify(field(secret)))],
    [`${name}, percent-encoded`, JSON.stringify(field(encodeURIComponent(secret)))],
    [`${name}, as part of the request`, JSON.stringify(field(sent))],
  ]);
  const texts = [...json, ["the body", secret], ["the body, as the request", sent]];
  return {
    ...Object.fromEntries(texts.map(([name, body]) => [name, { body }])),
    "a page": { body: `<html>${sent}</html>`, headers: { "content-type": "text/html" } },
    "headers": {
      headers: {
        "request-id": encodeURI(secret),
        "www-authenticate": `Bearer x="${encodeURI(secret)}"`,
        "location": `/${encodeURI(secret)}`,
        "retry-after": encodeURI(secret),
      },
    },
  };
}

for (const [name, exchange] of Object.entries(EXCHANGES)) {
  Deno.test(
    `no outcome of ${name} shows what it sent, wherever the server echoes it`,
    LOOPBACK_ONLY,
    async () => {
      let secret = "";
      let echo = "";
      let status = 0;
      const names = new Set([""]); // filled by the first response
      await using server = serve((received) => {
        const all = echoes(exchange, secret, received);
        Object.keys(all).forEach((key) => names.add(key));
        const { body = "", headers } = all[echo] ?? {};
        return new Response(body, { status, headers: { "content-type": "application/json", ...headers } });
      });
      for (secret of exchange.secrets) {
        for (status of exchange.statuses) {
          for (echo of names) {
            const outcome = await exchange.request(server.url, secret).catch((error: unknown) => error);
            assertHides(outcome, [secret, secret.slice(0, 16)], `${status}, ${echo}`);
          }
        }
      }
      assert(names.size > 15, [...names].join());
    },
  );

  Deno.test(`no failed connection of ${name} shows what was to be sent`, LOOPBACK_ONLY, async () => {
    for (const secret of exchange.secrets) {
      assertHides(await rejection(exchange.request(unusedRoot(), secret)), [secret], "a lost connection");
    }
  });
}

Deno.test(emulatorTest("no success at Graph shows the token", async (tenant) => {
  const token = await tenant.issueToken();
  for (const whatIf of [true, false]) {
    const result = await removeProfilePhoto(ALEX, { credential: token, cloud: tenant.cloud, whatIf });
    assertHides(result, [token, ...token.split(".")], result.outcome);
  }
}));

Deno.test("Graph's response is understood even if the token is a part of it", LOOPBACK_ONLY, async () => {
  const body = JSON.stringify({ error: { code: "ImageNotFound", message: "no" } });
  await using server = serve(({ method }) =>
    method === "GET" ? Response.json({ id: "0" }) : new Response(body, { status: 404 })
  );
  const cloud = { graph: server.url, authority: server.url };
  for (const token of ["error", "code", "ImageNotFound", "e", '"', "{", ":"]) {
    const credential = { getToken: () => Promise.resolve({ token, expiresOnTimestamp: Infinity }) };
    const { outcome } = await removeProfilePhoto(ALEX, { credential, cloud });
    assertEquals(outcome, "absent", token);
  }
});

Deno.test("no useless token of a caller's credential is shown or sent", LOOPBACK_ONLY, async () => {
  const canary = "canary-token-4711";
  await using server = serve(() => new Response());
  const cloud = { graph: server.url, authority: server.url };
  for (const token of [`${canary}\nx`, `${canary} x`, `${canary}é`, `\r\nx-evil: ${canary}`]) {
    const credential = { getToken: () => Promise.resolve({ token, expiresOnTimestamp: Infinity }) };
    const error = await assertRejects(() => removeProfilePhoto(ALEX, { credential, cloud }), CredentialError);
    assertHides(error, [canary], JSON.stringify(token));
  }
  assertEquals(server.received, []);
});

Deno.test("no rejected certificate shows its key, password or assertion", LOOPBACK_ONLY, async () => {
  const identity = await makeIdentity("Test App");
  const certificatePassword = "canary-password";
  const certificate = identity.certificate + keyPem(identity, "pkcs8", "aes-256-cbc", certificatePassword);
  await using server = serve(({ body }) => {
    const assertion = new URLSearchParams(body).get("client_assertion")!;
    return Response.json({ error_description: `AADSTS700027: ${assertion} ${body}` }, { status: 401 });
  });
  const client = { tenantId: "t", clientId: "c", authority: server.url };
  const credential = clientCertificateCredential({ ...client, certificate, certificatePassword });
  const error = await assertRejects(() => credential.getToken("scope"), CredentialError);
  const assertion = forms(server)[0]!.client_assertion!;
  assertHides(error, [...keyMaterial(identity), certificatePassword, assertion], "a rejected assertion");
});

Deno.test("no credential shows its secrets when it is printed", LOOPBACK_ONLY, async () => {
  const identity = await makeIdentity("Test App");
  await using server = generousAuthority();
  const client = { tenantId: "t", clientId: "c", authority: server.url };
  const certificate = identity.certificate + keyPem(identity);
  const credentials = [
    clientCertificateCredential({ ...client, certificate }),
    clientAssertionCredential({ ...client, getAssertion: () => "canary-assertion" }),
  ];
  for (const credential of credentials) {
    await credential.getToken("scope");
    assertHides(credential, [...keyMaterial(identity), "canary-assertion"], "a credential");
  }
});

Deno.test(
  "an earlier token that Graph repeats, and one that a claims challenge holds, are not shown",
  LOOPBACK_ONLY,
  async () => {
    const tokens = ["first-token-4711-abcdefgh", "second-token-4711-abcdefgh"];
    const challenge = (token: string) => btoa(JSON.stringify({ access_token: { xms: { value: token } } }));
    await using graph = serve(({ headers }) => {
      const sent = headers.get("authorization")?.slice(7) ?? "";
      if (sent === tokens[1]) {
        return Response.json({ error: { code: "X", message: `Not ${tokens[0]}, nor ${tokens[1]}` } }, {
          status: 403,
        });
      }
      const claims = challenge(sent);
      const wanted = `Bearer error="insufficient_claims", claims="${claims}"`;
      return new Response(null, { status: 401, headers: { "www-authenticate": wanted } });
    });
    await using authority = serve(({ body }) => {
      const claims = new URLSearchParams(body).get("claims")!;
      const description = `AADSTS50005: claims ${claims} ${encodeURIComponent(claims)} ${btoa(claims)}`;
      return authority.received.length < 2
        ? Response.json({ access_token: tokens[0], expires_in: 3599 })
        : Response.json({ error_codes: [50005], error_description: description }, { status: 400 });
    });
    const cloud = { graph: graph.url, authority: authority.url };
    let count = 0;
    const changing = {
      getToken: () => Promise.resolve({ token: tokens[count++]!, expiresOnTimestamp: Infinity }),
    };
    const refused = await rejection(removeProfilePhoto(ALEX, { credential: changing, cloud }));
    assert(
      refused instanceof GraphError && refused.code === "AccessDenied" &&
        refused.message.includes("[redacted]"),
    );
    assertHides(refused, tokens, "an earlier token");
    const credential = clientSecretCredential({
      tenantId: "t",
      clientId: "c",
      clientSecret: "canary~secret.4711",
    });
    const challenged = await rejection(removeProfilePhoto(ALEX, { credential, cloud }));
    assert(challenged instanceof CredentialError && challenged.message.includes("[redacted]"));
    assertHides(challenged, tokens, "a claims challenge");
  },
);
