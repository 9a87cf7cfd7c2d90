import {
  environmentCredential,
  type EnvironmentCredentialOptions,
} from "../../lib/auth/environment_credential.ts";
import { checkAccess } from "../../lib/check_access.ts";
import { type Emulator, startEmulator } from "../../lib/emulator/mod.ts";
import { CredentialError } from "../../lib/errors.ts";
import { removeProfilePhoto } from "../../lib/remove_profile_photo.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "../deps/assert.ts";
import { keyPem, makeIdentity } from "../support/certificates.ts";
import { ALEX } from "../support/emulated.ts";
import { type Environment, withEnvironment } from "../support/environment.ts";
import { assertHides } from "../support/secrecy.ts";
import { forms, generousAuthority } from "../support/sign_in.ts";
import { LOOPBACK, test } from "../support/test.ts";

const ENV: Deno.PermissionOptions = { env: true };
const FILES: Deno.PermissionOptions = {
  ...LOOPBACK as Deno.PermissionOptionsObject,
  env: true,
  read: true,
  write: true,
};

const CLIENT = { AZURE_TENANT_ID: "contoso.com", AZURE_CLIENT_ID: "app-id" };
const PROOFS = {
  AZURE_CLIENT_SECRET: "canary-secret",
  AZURE_CLIENT_CERTIFICATE_PATH: "app.pem",
  AZURE_FEDERATED_TOKEN_FILE: "app.jwt",
};
const ALL: Environment = { GRAPH_ACCESS_TOKEN: "canary-token", ...CLIENT, ...PROOFS };

/** What is there, and what is used of it. */
const PRECEDENCE: readonly [Environment, EnvironmentCredentialOptions, source: string][] = [
  [ALL, {}, "GRAPH_ACCESS_TOKEN"],
  [ALL, { tokenFile: "token.txt" }, "--token-file"],
  [ALL, { certificatePath: "other.pem" }, "GRAPH_ACCESS_TOKEN"],
  [{ GRAPH_ACCESS_TOKEN: "T" }, {}, "GRAPH_ACCESS_TOKEN"],
  [{ ...CLIENT, ...PROOFS, GRAPH_ACCESS_TOKEN: "" }, {}, "AZURE_CLIENT_SECRET"],
  [{ ...CLIENT, ...PROOFS, AZURE_AUTHORITY_HOST: "" }, {}, "AZURE_CLIENT_SECRET"],
  [{ ...CLIENT, ...PROOFS }, { certificatePath: "other.pem" }, "--certificate"],
  [{ ...CLIENT, ...PROOFS, AZURE_CLIENT_SECRET: "" }, {}, "AZURE_CLIENT_CERTIFICATE_PATH"],
  [{ ...CLIENT, AZURE_FEDERATED_TOKEN_FILE: "app.jwt" }, {}, "AZURE_FEDERATED_TOKEN_FILE"],
  [{ AZURE_CLIENT_SECRET: "s" }, { tenantId: "contoso.com", clientId: "app-id" }, "AZURE_CLIENT_SECRET"],
  [{}, { tenantId: "contoso.com", clientId: "app-id", certificatePath: "app.pem" }, "--certificate"],
];

test("environmentCredential() takes the first credential that is there, and says which", ENV, async () => {
  for (const [environment, options, source] of PRECEDENCE) {
    await withEnvironment(environment, () => assertEquals(environmentCredential(options).source, source));
  }
});

/** What is there, and the names that the error has to say are missing; none where nothing is there. */
const INCOMPLETE: readonly [Environment, EnvironmentCredentialOptions, missing: string[]][] = [
  [{}, {}, []],
  [{ AZURE_AUTHORITY_HOST: "https://login.example" }, {}, []],
  [{ GRAPH_ACCESS_TOKEN: "", AZURE_TENANT_ID: "", AZURE_CLIENT_ID: "", AZURE_CLIENT_SECRET: "" }, {}, []],
  [CLIENT, {}, Object.keys(PROOFS)],
  [{ AZURE_TENANT_ID: "contoso.com" }, {}, ["AZURE_CLIENT_ID", ...Object.keys(PROOFS)]],
  [{ AZURE_CLIENT_ID: "app-id" }, {}, ["AZURE_TENANT_ID", ...Object.keys(PROOFS)]],
  [{ ...PROOFS, AZURE_CLIENT_ID: "app-id" }, {}, ["AZURE_TENANT_ID"]],
  [{ ...PROOFS, AZURE_TENANT_ID: "contoso.com" }, {}, ["AZURE_CLIENT_ID"]],
  [PROOFS, {}, ["AZURE_TENANT_ID", "AZURE_CLIENT_ID"]],
  [{}, { certificatePath: "app.pem" }, ["AZURE_TENANT_ID", "AZURE_CLIENT_ID"]],
];

test("environmentCredential() throws with what is missing and all that was looked for", ENV, async () => {
  for (const [environment, options, missing] of INCOMPLETE) {
    const error = await withEnvironment(
      environment,
      () => assertThrows(() => environmentCredential(options), CredentialError),
    );
    assertEquals(error.code, "CredentialNotFound");
    for (const name of ["--token-file", ...Object.keys(ALL)]) {
      assertStringIncludes(error.hint!, name);
      assertEquals(error.message.includes(name), missing.includes(name), `${name} in: ${error.message}`);
    }
    assertEquals(error.message.includes("there is no credential"), missing.length === 0, error.message);
    assertHides(error, ["canary-secret", "canary-token"], "an incomplete environment");
  }
});

test(
  "environmentCredential() says what is wrong where the path of the certificate is empty",
  ENV,
  async () => {
    for (const environment of [CLIENT, { ...CLIENT, ...PROOFS }]) {
      await withEnvironment(
        environment,
        () => assertThrows(() => environmentCredential({ certificatePath: "" }), Error, "ertificate"),
      );
    }
  },
);

test("environmentCredential() says that the permission to look is missing", "none", () => {
  const error = assertThrows(() => environmentCredential(), CredentialError, "may not read the environment");
  assertStringIncludes(error.message, '"GRAPH_ACCESS_TOKEN"'); // the one that is not in a narrower --allow-env
  assertEquals(error.code, "CredentialNotFound");
  assertStringIncludes(error.hint!, "--allow-env");
});

test(
  "environmentCredential() throws a TypeError for a setting that cannot be what it should be",
  ENV,
  async () => {
    const rows: [Environment, string][] = [
      [{ ...CLIENT, AZURE_CLIENT_SECRET: "s", AZURE_TENANT_ID: "a/b" }, "the tenant id"],
      [{ ...CLIENT, AZURE_CLIENT_SECRET: "s", AZURE_CLIENT_ID: "a b" }, "the client id"],
      [
        { ...CLIENT, AZURE_CLIENT_SECRET: "s", AZURE_AUTHORITY_HOST: "http://login.example" },
        "the authority",
      ],
    ];
    for (const [environment, said] of rows) {
      await withEnvironment(environment, () => assertThrows(() => environmentCredential(), TypeError, said));
    }
  },
);

test(
  "a removal and checkAccess() without a credential throw when the environment holds none",
  FILES,
  async () => {
    await using tenant = await startEmulator();
    const { cloud } = tenant;
    await withEnvironment({}, async () => {
      for (const run of [() => removeProfilePhoto(ALEX, { cloud }), () => checkAccess({ cloud })]) {
        assertEquals((await assertRejects(run, CredentialError)).code, "CredentialNotFound");
      }
    });
    assertEquals([...tenant.requests], []);
  },
);

/** The environment of each way to sign in to an emulator. */
async function environments(tenant: Emulator, folder: string): Promise<Record<string, Environment>> {
  const identity = await makeIdentity("Test App");
  await tenant.registerCertificate(identity.certificate);
  const path = `${folder}/app.pem`;
  await Deno.writeTextFile(path, identity.certificate + keyPem(identity, "pkcs8", "aes-256-cbc", "pass"));
  const client = { AZURE_TENANT_ID: tenant.tenantId, AZURE_CLIENT_ID: tenant.clientId };
  const certificate = { AZURE_CLIENT_CERTIFICATE_PATH: path, AZURE_CLIENT_CERTIFICATE_PASSWORD: "pass" };
  return {
    "a token": { GRAPH_ACCESS_TOKEN: await tenant.issueToken() },
    "a secret": { ...client, AZURE_CLIENT_SECRET: tenant.clientSecret },
    "a certificate": { ...client, ...certificate },
    "a certificate with its chain": {
      ...client,
      ...certificate,
      AZURE_CLIENT_SEND_CERTIFICATE_CHAIN: "true",
    },
    "an authority": {
      ...client,
      AZURE_CLIENT_SECRET: tenant.clientSecret,
      AZURE_AUTHORITY_HOST: "https://not-asked.example", // the cloud's own comes first
    },
  };
}

test("a removal without a credential signs in by what the environment holds", FILES, async () => {
  await using tenant = await startEmulator();
  const folder = await Deno.makeTempDir();
  try {
    for (const [what, environment] of Object.entries(await environments(tenant, folder))) {
      const { outcome } = await withEnvironment(
        environment,
        () => removeProfilePhoto(ALEX, { cloud: tenant.cloud }),
      );
      assert(["removed", "absent"].includes(outcome), what);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

test("environmentCredential() sends a certificate's chain for 1 and true alone", FILES, async () => {
  const identity = await makeIdentity("Test App");
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, identity.certificate + keyPem(identity));
    for (
      const [value, sent] of [["1", true], ["true", true], ["TRUE", true], ["0", false], [
        "no",
        false,
      ]] as const
    ) {
      await using authority = generousAuthority();
      const environment = {
        ...CLIENT,
        AZURE_CLIENT_CERTIFICATE_PATH: file,
        AZURE_AUTHORITY_HOST: authority.url,
        AZURE_CLIENT_SEND_CERTIFICATE_CHAIN: value,
      };
      await withEnvironment(environment, () => environmentCredential().getToken("scope"));
      const [header = ""] = forms(authority)[0]!.client_assertion!.split(".");
      assertEquals("x5c" in JSON.parse(atob(header.replaceAll("-", "+").replaceAll("_", "/"))), sent, value);
    }
  } finally {
    await Deno.remove(file);
  }
});

test(
  "environmentCredential() signs in at AZURE_AUTHORITY_HOST, unless it is told another",
  FILES,
  async () => {
    await using named = generousAuthority();
    await using told = generousAuthority();
    const environment = {
      ...CLIENT,
      AZURE_CLIENT_SECRET: "canary-secret",
      AZURE_AUTHORITY_HOST: `${named.url}/`,
    };
    await withEnvironment(
      environment,
      () => environmentCredential().getToken("scope", { authority: told.url }),
    );
    assertEquals([named.received.length, told.received.length], [1, 0]);
    await withEnvironment(
      environment,
      () => environmentCredential({ authority: told.url }).getToken("scope"),
    );
    assertEquals([named.received.length, told.received.length], [1, 1]);
    const client = { tenantId: "fabrikam.com", clientId: "other-app" };
    await withEnvironment(environment, () => environmentCredential(client).getToken("scope"));
    assertEquals([named.received[1]!.path, forms(named)[1]!.client_id], [
      "/fabrikam.com/oauth2/v2.0/token",
      "other-app",
    ]);
  },
);

test("environmentCredential() reads the federated token file afresh for each sign-in", FILES, async () => {
  await using authority = generousAuthority();
  const file = await Deno.makeTempFile();
  try {
    const environment = { ...CLIENT, AZURE_FEDERATED_TOKEN_FILE: file, AZURE_AUTHORITY_HOST: authority.url };
    const credential = await withEnvironment(environment, () => environmentCredential());
    for (const [at, refusedToken] of ["", "T1", "T2"].entries()) {
      await Deno.writeTextFile(file, `assertion-${at}\n`);
      await credential.getToken("scope", { refusedToken });
    }
    await Deno.remove(file);
    const error = await assertRejects(
      () => credential.getToken("scope", { refusedToken: "T3" }),
      CredentialError,
    );
    assertEquals(error.code, "CredentialInvalid");
    assertStringIncludes(error.message, `the federated token file "${file}": it does not exist`);
    assertEquals(forms(authority).map((form) => form.client_assertion), [
      "assertion-0",
      "assertion-1",
      "assertion-2",
    ]);
  } finally {
    await Deno.remove(file).catch(() => {});
  }
});

test(
  "environmentCredential() does not repeat a token that is given as the path of its file",
  FILES,
  async () => {
    const jwt = `eyJhbGciOiJub25lIn0.${"canary-claims".repeat(30)}.canary-signature`;
    for (const path of [jwt, `${jwt}\n`]) {
      const environment = { ...CLIENT, AZURE_FEDERATED_TOKEN_FILE: path };
      const credentials = await withEnvironment(
        environment,
        () => [environmentCredential(), environmentCredential({ tokenFile: path })],
      );
      for (const credential of credentials) {
        const error = await assertRejects(() => credential.getToken("scope"), CredentialError);
        assertEquals(error.code, "CredentialInvalid");
        assertHides(error, ["canary-claims", "canary-signature"], credential.source);
      }
    }
  },
);
