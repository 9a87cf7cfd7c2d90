import { createPublicKey } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parseCertificate, signAssertion } from "../../lib/auth/signing_certificate.ts";
import {
  clientAssertionCredential,
  clientCertificateCredential,
  clientSecretCredential,
  CredentialError,
  type TokenCredential,
} from "../../mod.ts";
import { openIdProvider, type Provider } from "../deps/oidc_provider.ts";
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "../deps/assert.ts";
import { type Identity, keyPem, makeIdentity } from "../support/certificates.ts";
import { assertHides } from "../support/secrecy.ts";
import { serve, type TestServer } from "../support/server.ts";
import { LOOPBACK } from "../support/test.ts";

/** A certified OpenID provider whose token endpoint is where Entra's is. */
interface Authority extends AsyncDisposable {
  readonly url: string;
  /** Who may sign in, by certificate or by secret. */
  readonly clientId: { readonly certificate: string; readonly secret: string };
  /** Why it refused, in its own words, which it does not tell the client. */
  readonly reasons: readonly string[];
  readonly provider: Provider;
}

const TENANT = "contoso.com";
/** What the apps may ask for, and what they may not. */
const SCOPE = "https://graph.microsoft.com/.default", OTHER_SCOPE = "https://graph.example/.default";

const CLIENT = { redirect_uris: [], response_types: [], grant_types: ["client_credentials"], scope: SCOPE };

/** Starts one that knows an app by its certificate, and another by its secret. */
async function startAuthority(app: Identity, client_secret: string): Promise<Authority> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clientId = { certificate: crypto.randomUUID(), secret: crypto.randomUUID() };
  const jwk = createPublicKey(app.certificate).export({ format: "jwk" });
  const provider = await openIdProvider(`${url}/${TENANT}/v2.0`, {
    clients: [
      {
        ...CLIENT,
        client_id: clientId.certificate,
        token_endpoint_auth_method: "private_key_jwt",
        token_endpoint_auth_signing_alg: "PS256",
        jwks: { keys: [{ ...jwk, use: "sig", alg: "PS256" }] },
      },
      {
        ...CLIENT,
        client_id: clientId.secret,
        token_endpoint_auth_method: "client_secret_post",
        client_secret,
      },
    ],
    features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
    routes: { token: `/${TENANT}/oauth2/v2.0/token` },
    scopes: [SCOPE, OTHER_SCOPE],
    ttl: { ClientCredentials: 3600 },
  });
  const reasons: string[] = [];
  provider.on("grant.error", (_, { error, error_detail }) => reasons.push(error_detail ?? error));
  server.on("request", provider.callback());
  return {
    url,
    clientId,
    reasons,
    provider,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const SECRET = "a secret with spaces & signs + % =";
const app = await makeIdentity("Registered App");
const stranger = await makeIdentity("Another App");
const pem = app.certificate + keyPem(app);
const HOUR = 3_600_000;

/** A test with a certified provider, which knows the app by its certificate or the secret. */
function providerTest(name: string, run: (authority: Authority) => Promise<void>): Deno.TestDefinition {
  return {
    name,
    permissions: { ...LOOPBACK as object, env: ["NODE_ENV"] },
    fn: async () => {
      await using authority = await startAuthority(app, SECRET);
      await run(authority);
    },
  };
}

Deno.test(
  providerTest("a certified provider accepts our assertion, a new one each time", async (authority) => {
    const { url, clientId, provider, reasons } = authority;
    for (const sendCertificateChain of [false, true]) {
      const credential = clientCertificateCredential({
        authority: url,
        tenantId: TENANT,
        clientId: clientId.certificate,
        certificate: pem,
        sendCertificateChain,
      });
      for (let refusedToken = "", count = 0; count < 3; count++) {
        const answer = await credential.getToken(SCOPE, { refusedToken });
        const issued = await provider.ClientCredentials.find(answer!.token);
        assertEquals([issued?.clientId, issued?.scope], [clientId.certificate, SCOPE]);
        const seconds = (answer!.expiresOnTimestamp - Date.now()) / 1000;
        assert(seconds > 3500 && seconds <= 3600, `${seconds} s`);
        assert(answer!.token !== refusedToken);
        refusedToken = answer!.token;
      }
    }
    assertEquals(reasons, []);
  }),
);

Deno.test(providerTest("a certified provider takes our secret, and refuses another", async (authority) => {
  const { url, clientId, provider, reasons } = authority;
  const options = { authority: url, tenantId: TENANT, clientId: clientId.secret };
  const { token } = (await clientSecretCredential({ ...options, clientSecret: SECRET }).getToken(SCOPE))!;
  assertEquals((await provider.ClientCredentials.find(token))?.clientId, clientId.secret);

  const wrong = clientSecretCredential({ ...options, clientSecret: `${SECRET}x` });
  const error = await assertRejects(() => wrong.getToken(SCOPE), CredentialError, "invalid_client");
  assertEquals([error.code, reasons], ["SignInRefused", ["invalid secret provided"]]);
  assertMatch(error.hint!, /secret or certificate/);
  assertHides(error, [SECRET], "a refusal");
}));

Deno.test(
  providerTest("a certified provider refuses a scope that is not the app's", async ({ url, clientId }) => {
    const options = { authority: url, tenantId: TENANT, clientId: clientId.certificate, certificate: pem };
    const credential = clientCertificateCredential(options);
    const error = await assertRejects(
      () => credential.getToken(OTHER_SCOPE),
      CredentialError,
      "invalid_scope",
    );
    assertMatch(error.hint!, /Graph endpoint/);
  }),
);

/** A sign-in service, and something in between that passes on what it gets, as a proxy does. */
interface Place {
  readonly authority: string;
  readonly relay: TestServer;
  readonly tenantId: string;
  readonly clientId: string;
}

function relayTo(root: string): TestServer {
  return serve(({ method, path, headers, body }) =>
    fetch(root + path, { method, body, headers: { "content-type": headers.get("content-type")! } })
  );
}

/** A credential with an assertion as the product makes it, by a clock that is so many ms off. */
function byClock(place: Place, off: number): TokenCredential {
  const signed = async () =>
    await signAssertion(await parseCertificate(pem, "the certificate"), {
      clientId: place.clientId,
      tokenUrl: `${place.authority}/${place.tenantId}/oauth2/v2.0/token`,
      now: Date.now() + off,
    });
  let assertion: Promise<string> | undefined;
  return clientAssertionCredential({ ...place, getAssertion: () => assertion ??= signed() });
}

/** A sign-in that must be refused, and what is said of it. */
interface Fault {
  readonly credential: (place: Place) => TokenCredential;
  /** The certified provider's own reason. */
  readonly reason: RegExp;
  /** Whether the first sign-in is good. */
  readonly goodOnce?: true;
}

const FAULTS: Readonly<Record<string, Fault>> = {
  "a wrong key": {
    credential: (place) =>
      clientCertificateCredential({ ...place, certificate: stranger.certificate + keyPem(stranger) }),
    reason: /^signature verification failed$/,
  },
  "a wrong audience": {
    credential: (place) =>
      clientCertificateCredential({ ...place, authority: place.relay.url, certificate: pem }),
    reason: /^audience \(aud\) must equal/,
  },
  "an assertion that has expired": {
    credential: (place) => byClock(place, -HOUR),
    reason: /^jwt expired$/,
  },
  "an assertion from the future": {
    credential: (place) => byClock(place, HOUR),
    reason: /^jwt not active yet$/,
  },
  "an assertion that was used before": {
    credential: (place) => byClock(place, 0),
    goodOnce: true,
    reason: /only be used once$/,
  },
};

for (const [what, { credential: make, reason, goodOnce }] of Object.entries(FAULTS)) {
  Deno.test(providerTest(`a certified provider refuses a sign-in with ${what}`, async (authority) => {
    const { url, clientId, reasons } = authority;
    await using relay = relayTo(url);
    const place = { authority: url, relay, tenantId: TENANT, clientId: clientId.certificate };
    const credential = make(place);
    const refusedToken = goodOnce ? (await credential.getToken(SCOPE))!.token : undefined;
    const error = await assertRejects(() => credential.getToken(SCOPE, { refusedToken }), CredentialError);
    assertEquals([error.code, reasons.length], ["SignInRefused", 1]);
    assertMatch(reasons[0]!, reason);
    assertMatch(error.message, /answered 401: invalid_client: client authentication failed$/);
    assertStringIncludes(error.message, place.clientId);
    assertMatch(error.hint!, /secret or certificate.*authority.*clock/);
  }));
}
