import { parseCertificate, signAssertion } from "../../lib/auth/signing_certificate.ts";
import { startEmulator } from "../../lib/emulator/mod.ts";
import {
  clientAssertionCredential,
  clientCertificateCredential,
  clientSecretCredential,
  CredentialError,
  type TokenCredential,
} from "../../mod.ts";
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "../deps/assert.ts";
import { keyPem, makeIdentity } from "../support/certificates.ts";
import { assertHides } from "../support/secrecy.ts";
import { serve, type TestServer } from "../support/server.ts";
import { LOOPBACK, test } from "../support/test.ts";
import { type Authority, OTHER_SCOPE, SCOPE, startAuthority, TENANT } from "./open_id_provider.ts";

const SECRET = "a secret with spaces & signs + % =";
const app = await makeIdentity("Registered App");
const stranger = await makeIdentity("Another App");
const pem = app.certificate + keyPem(app);
const HOUR = 3_600_000;

/** A test with a certified provider, which knows the app by its certificate or the secret. */
function providerTest(name: string, run: (authority: Authority) => Promise<void>): void {
  test(name, { ...LOOPBACK as object, env: ["NODE_ENV"] }, async () => {
    await using authority = await startAuthority(app, SECRET);
    await run(authority);
  });
}

providerTest(
  "a certified provider takes our certificate's assertion, each time a new one",
  async (authority) => {
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
  },
);

providerTest("a certified provider takes our secret, and refuses another", async (authority) => {
  const { url, clientId, provider, reasons } = authority;
  const options = { authority: url, tenantId: TENANT, clientId: clientId.secret };
  const { token } = (await clientSecretCredential({ ...options, clientSecret: SECRET }).getToken(SCOPE))!;
  assertEquals((await provider.ClientCredentials.find(token))?.clientId, clientId.secret);

  const wrong = clientSecretCredential({ ...options, clientSecret: `${SECRET}x` });
  const error = await assertRejects(() => wrong.getToken(SCOPE), CredentialError, "invalid_client");
  assertEquals([error.code, reasons], ["SignInRefused", ["invalid secret provided"]]);
  assertMatch(error.hint!, /secret or certificate/);
  assertHides(error, [SECRET], "a refusal");
});

providerTest("a certified provider refuses a scope that is not the app's", async ({ url, clientId }) => {
  const options = { authority: url, tenantId: TENANT, clientId: clientId.certificate, certificate: pem };
  const credential = clientCertificateCredential(options);
  const error = await assertRejects(
    () => credential.getToken(OTHER_SCOPE),
    CredentialError,
    "invalid_scope",
  );
  assertMatch(error.hint!, /Graph endpoint/);
});

/** A sign-in service, and something in between that passes on what it gets, as a proxy does. */
interface Place {
  readonly authority: string;
  readonly relay: TestServer;
  readonly tenantId: string;
  readonly clientId: string;
  readonly scope: string;
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
  /** Entra's number for it, by the emulator. */
  readonly aadsts: number;
  readonly hint: RegExp;
  /** Whether the first sign-in is good. */
  readonly goodOnce?: true;
}

const FAULTS: Readonly<Record<string, Fault>> = {
  "a wrong key": {
    credential: (place) =>
      clientCertificateCredential({ ...place, certificate: stranger.certificate + keyPem(stranger) }),
    reason: /^signature verification failed$/,
    aadsts: 700027,
    hint: /Upload this very certificate/,
  },
  "a wrong audience": {
    credential: (place) =>
      clientCertificateCredential({ ...place, authority: place.relay.url, certificate: pem }),
    reason: /^audience \(aud\) must equal/,
    aadsts: 700023,
    hint: /Check the authority/,
  },
  "an assertion that has expired": {
    credential: (place) => byClock(place, -HOUR),
    reason: /^jwt expired$/,
    aadsts: 700024,
    hint: /clock/,
  },
  "an assertion from the future": {
    credential: (place) => byClock(place, HOUR),
    reason: /^jwt not active yet$/,
    aadsts: 700024,
    hint: /clock/,
  },
  "an assertion that was used before": {
    credential: (place) => byClock(place, 0),
    goodOnce: true,
    reason: /only be used once$/,
    aadsts: 50012,
    hint: /assertion was rejected/,
  },
};

/** The error of a sign-in that was refused. */
async function refusal(place: Place, { credential: make, goodOnce }: Fault): Promise<CredentialError> {
  const credential = make(place);
  const refusedToken = goodOnce ? (await credential.getToken(place.scope))!.token : undefined;
  const error = await assertRejects(
    () => credential.getToken(place.scope, { refusedToken }),
    CredentialError,
  );
  assertEquals(error.code, "SignInRefused");
  assertStringIncludes(error.message, place.clientId);
  return error;
}

for (const [what, fault] of Object.entries(FAULTS)) {
  providerTest(`a sign-in with ${what} is refused by a certified provider`, async (authority) => {
    const { url, clientId, reasons } = authority;
    await using relay = relayTo(url);
    const place = { authority: url, relay, tenantId: TENANT, clientId: clientId.certificate, scope: SCOPE };
    const error = await refusal(place, fault);
    assertEquals(reasons.length, 1);
    assertMatch(reasons[0]!, fault.reason);
    assertMatch(error.message, /answered 401: invalid_client: client authentication failed$/);
    assertMatch(error.hint!, /secret or certificate.*authority.*clock/);
  });

  test(`a sign-in with ${what} is refused in Entra's words`, LOOPBACK, async () => {
    await using tenant = await startEmulator();
    await tenant.registerCertificate(app.certificate);
    await using relay = relayTo(tenant.url);
    const { url, tenantId, clientId } = tenant;
    const place = { authority: url, relay, tenantId, clientId, scope: `${url}/.default` };
    const error = await refusal(place, fault);
    assertEquals([...error.aadstsCodes], [fault.aadsts]);
    assertStringIncludes(error.message, `AADSTS${fault.aadsts}`);
    assertMatch(error.hint!, fault.hint);
  });
}
