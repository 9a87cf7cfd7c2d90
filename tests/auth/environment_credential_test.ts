import {
  environmentCredential,
  type EnvironmentCredentialOptions,
  findEnvironmentCredential,
} from "../../lib/auth/environment_credential.ts";
import { checkAccess } from "../../lib/check_access.ts";
import { startEmulator } from "../../lib/emulator/mod.ts";
import { CredentialError } from "../../lib/errors.ts";
import { removeProfilePhoto } from "../../lib/remove_profile_photo.ts";
import {
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "../deps/assert.ts";
import { keyPem, makeIdentity } from "../support/certificates.ts";
import { ALEX } from "../support/emulated.ts";
import { type Environment, withEnvironment } from "../support/environment.ts";
import { assertHides } from "../support/secrecy.ts";
import { serve } from "../support/server.ts";
import { forms, generousAuthority } from "../support/sign_in.ts";
import { fileTest, tenantFileTest } from "../support/temporary.ts";
import { LOOPBACK, LOOPBACK_ONLY, NONE } from "../support/test.ts";

const LOOPBACK_AND_ENV: Deno.PermissionOptions = { ...LOOPBACK as object, env: true };

/** The credential of an environment that is not this process's. Empty variables count as not set. */
const find = (environment: Environment, options?: EnvironmentCredentialOptions) =>
  findEnvironmentCredential((name) => environment[name as keyof Environment] || undefined, options);

const CLIENT = { AZURE_TENANT_ID: "contoso.com", AZURE_CLIENT_ID: "app-id" };
const PROOFS = {
  AZURE_CLIENT_SECRET: "canary-secret",
  AZURE_CLIENT_CERTIFICATE_PATH: "app.pem",
  AZURE_FEDERATED_TOKEN_FILE: "app.jwt",
};
const ALL: Environment = { GRAPH_ACCESS_TOKEN: "canary-token", ...CLIENT, ...PROOFS };

/** What a job of GitHub Actions and one of Azure Pipelines have in any case. */
const JOBS: Environment = { GITHUB_ACTIONS: "true", SYSTEM_OIDCREQUESTURI: "https://dev.azure.com/x" };
const PLATFORMS: Environment = {
  ...JOBS,
  ACTIONS_ID_TOKEN_REQUEST_URL: "https://x.example",
  SYSTEM_ACCESSTOKEN: "canary-token",
  IDENTITY_ENDPOINT: "http://127.0.0.1/",
};

const PRECEDENCE: readonly [Environment, EnvironmentCredentialOptions, source: string][] = [
  [ALL, {}, "GRAPH_ACCESS_TOKEN"],
  [{ GRAPH_ACCESS_TOKEN: "T" }, {}, "GRAPH_ACCESS_TOKEN"],
  [{ ...CLIENT, ...PROOFS, GRAPH_ACCESS_TOKEN: "" }, {}, "AZURE_CLIENT_SECRET"],
  [{ ...CLIENT, ...PROOFS, AZURE_AUTHORITY_HOST: "" }, {}, "AZURE_CLIENT_SECRET"],
  [{ ...CLIENT, ...PROOFS, AZURE_CLIENT_SECRET: "" }, {}, "AZURE_CLIENT_CERTIFICATE_PATH"],
  [{ ...CLIENT, AZURE_FEDERATED_TOKEN_FILE: "app.jwt" }, {}, "AZURE_FEDERATED_TOKEN_FILE"],
  [{ ...CLIENT, ...PLATFORMS, AZURE_FEDERATED_TOKEN_FILE: "app.jwt" }, {}, "AZURE_FEDERATED_TOKEN_FILE"],
  [{ ...CLIENT, ...PLATFORMS }, {}, "ACTIONS_ID_TOKEN_REQUEST_URL"],
  [{ ...CLIENT, ...PLATFORMS, ACTIONS_ID_TOKEN_REQUEST_URL: "" }, {}, "SYSTEM_OIDCREQUESTURI"],
  [{ ...CLIENT, ...JOBS, IDENTITY_ENDPOINT: "x" }, {}, "IDENTITY_ENDPOINT"],
  [{ ...CLIENT, ...JOBS }, {}, "GITHUB_ACTIONS"],
  [{ ...CLIENT, ...JOBS, GITHUB_ACTIONS: "" }, {}, "SYSTEM_OIDCREQUESTURI"],
  [{ ...PLATFORMS }, {}, "IDENTITY_ENDPOINT"],
  [{ ...PLATFORMS, AZURE_CLIENT_ID: "app-id" }, {}, "IDENTITY_ENDPOINT"],
  [{ ...PLATFORMS, AZURE_TENANT_ID: "contoso.com" }, {}, "IDENTITY_ENDPOINT"],
  [PLATFORMS, { clientId: "app-id" }, "IDENTITY_ENDPOINT"],
  [PLATFORMS, { clientId: "app-id", tenantId: "contoso.com" }, "ACTIONS_ID_TOKEN_REQUEST_URL"],
  [{ AZURE_CLIENT_SECRET: "s" }, { tenantId: "contoso.com", clientId: "app-id" }, "AZURE_CLIENT_SECRET"],
];

Deno.test("environmentCredential() returns the first credential it finds, with its source", NONE, () => {
  for (const [environment, options, source] of PRECEDENCE) {
    assertEquals(find(environment, options).source, source);
  }
});

/** Environments without a whole credential, and the variables that are missing; none if nothing is set. */
const INCOMPLETE: readonly [Environment, missing: string[]][] = [
  [{}, []],
  [{ AZURE_AUTHORITY_HOST: "https://login.example" }, []],
  [{ GRAPH_ACCESS_TOKEN: "", AZURE_TENANT_ID: "", AZURE_CLIENT_ID: "", AZURE_CLIENT_SECRET: "" }, []],
  [CLIENT, Object.keys(PROOFS)],
  [{ AZURE_TENANT_ID: "contoso.com" }, ["AZURE_CLIENT_ID", ...Object.keys(PROOFS)]],
  [{ AZURE_CLIENT_ID: "app-id" }, ["AZURE_TENANT_ID", ...Object.keys(PROOFS)]],
  [{ ...PROOFS, AZURE_CLIENT_ID: "app-id" }, ["AZURE_TENANT_ID"]],
  [{ ...PROOFS, AZURE_TENANT_ID: "contoso.com" }, ["AZURE_CLIENT_ID"]],
  [PROOFS, ["AZURE_TENANT_ID", "AZURE_CLIENT_ID"]],
  [{ ...PLATFORMS, ...PROOFS }, ["AZURE_TENANT_ID", "AZURE_CLIENT_ID"]], // nobody else in place of the one described
  [{ ...JOBS, AZURE_CLIENT_ID: "app-id" }, ["AZURE_TENANT_ID", ...Object.keys(PROOFS)]],
  [{ MSI_ENDPOINT: "http://127.0.0.1/" }, []], // that of a person: only when it is asked for
];

Deno.test("environmentCredential() throws with what is missing, and what to set", NONE, () => {
  for (const [environment, missing] of INCOMPLETE) {
    const error = assertThrows(() => find(environment), CredentialError);
    assertEquals(error.code, "CredentialNotFound");
    for (const name of Object.keys(ALL)) {
      assertEquals(error.message.includes(name), missing.includes(name), `${name} in: ${error.message}`);
    }
    for (const name of ["GRAPH_ACCESS_TOKEN", ...Object.keys(CLIENT), "AZURE_CLIENT_SECRET"]) {
      assertStringIncludes(error.hint!, name);
    }
    assertEquals(error.message.includes("no credential found"), missing.length === 0, error.message);
    assertHides(error, ["canary-secret", "canary-token"], "an incomplete environment");
  }
});

Deno.test("environmentCredential() asks a managed identity for no tenant of another's choice", NONE, () => {
  const options = { tenantId: "contoso.com" };
  assertThrows(() => find({ IDENTITY_ENDPOINT: "x" }, options), CredentialError, "set AZURE_CLIENT_ID");
  assertThrows(() => find({ IDENTITY_ENDPOINT: "x", AZURE_CLIENT_ID: "a b" }), TypeError, "AZURE_CLIENT_ID");
});

Deno.test("environmentCredential() says that a job needs no secret", NONE, () => {
  for (const variables of [{ GITHUB_ACTIONS: "true" }, { SYSTEM_OIDCREQUESTURI: "https://x" }]) {
    assertMatch(
      assertThrows(() => find(variables), CredentialError).hint!,
      /job of GitHub Actions or Azure Pipelines/,
    );
  }
});

Deno.test(
  "environmentCredential() asks a managed identity by no fetch of the caller's",
  LOOPBACK_ONLY,
  async () => {
    await using service = serve(() => Response.json({ access_token: "T", expires_on: "4102444800" }));
    const variables = { IDENTITY_ENDPOINT: service.url, IDENTITY_HEADER: "canary-header" };
    const credential = find(variables, { fetch: () => Promise.reject(new Error("the proxy's")) });
    assertEquals((await credential.getToken("s"))!.token, "T");
  },
);

Deno.test("environmentCredential() throws if the environment may not be read", NONE, () => {
  const error = assertThrows(() => environmentCredential(), CredentialError, "environment cannot be read");
  assertStringIncludes(error.message, '"GRAPH_ACCESS_TOKEN"'); // the variable that is not in a narrower --allow-env
  assertStringIncludes(error.message, "--allow-env");
  assertEquals(error.code, "CredentialNotFound");
});

Deno.test("environmentCredential() throws a TypeError for an invalid value", NONE, () => {
  const rows: [Environment, string][] = [
    [{ AZURE_TENANT_ID: "a/b" }, "AZURE_TENANT_ID"],
    [{ AZURE_CLIENT_ID: "a b" }, "AZURE_CLIENT_ID"],
    [{ AZURE_AUTHORITY_HOST: "http://login.example" }, "AZURE_AUTHORITY_HOST"],
  ];
  for (const [invalid, message] of rows) {
    const environment = { ...CLIENT, AZURE_CLIENT_SECRET: "s", ...invalid };
    assertThrows(() => find(environment), TypeError, message);
  }
});

Deno.test(
  "every operation uses the environment's credential by default",
  { permissions: LOOPBACK_AND_ENV },
  async () => {
    await using tenant = await startEmulator();
    const { cloud } = tenant;
    const operations = [() => removeProfilePhoto(ALEX, { cloud }), () => checkAccess({ cloud })];
    await withEnvironment({}, async () => {
      for (const run of operations) {
        assertEquals((await assertRejects(run, CredentialError)).code, "CredentialNotFound");
      }
    });
    assertEquals([...tenant.requests], []);
    const environment = {
      AZURE_TENANT_ID: tenant.tenantId,
      AZURE_CLIENT_ID: tenant.clientId,
      AZURE_CLIENT_SECRET: tenant.clientSecret,
      AZURE_AUTHORITY_HOST: "https://not-asked.example", // that of the cloud takes precedence
    };
    await withEnvironment(environment, async () => {
      for (const run of operations) await run();
    });
    assertEquals([tenant.counts.token, tenant.counts.graph], [2, 1]);
  },
);

Deno.test(
  tenantFileTest("environmentCredential() signs in with each kind of credential", async (tenant, folder) => {
    const identity = await makeIdentity("Test App");
    await tenant.registerCertificate(identity.certificate);
    const path = `${folder}/app.pem`;
    await Deno.writeTextFile(path, identity.certificate + keyPem(identity, "pkcs8", "aes-256-cbc", "pass"));
    const client = { AZURE_TENANT_ID: tenant.tenantId, AZURE_CLIENT_ID: tenant.clientId };
    const certificate = { AZURE_CLIENT_CERTIFICATE_PATH: path, AZURE_CLIENT_CERTIFICATE_PASSWORD: "pass" };
    const environments: Environment[] = [
      { GRAPH_ACCESS_TOKEN: await tenant.issueToken() },
      { ...client, AZURE_CLIENT_SECRET: tenant.clientSecret },
      { ...client, ...certificate },
      { ...client, ...certificate, AZURE_CLIENT_SEND_CERTIFICATE_CHAIN: "true" },
    ];
    for (const environment of environments) {
      await removeProfilePhoto(ALEX, { credential: find(environment), cloud: tenant.cloud });
    }
  }),
);

Deno.test(
  fileTest("environmentCredential() sends a certificate's chain only for 1 and true", async (folder) => {
    const identity = await makeIdentity("Test App");
    await using authority = generousAuthority();
    const path = `${folder}/app.pem`;
    await Deno.writeTextFile(path, identity.certificate + keyPem(identity));
    for (const value of ["1", "true", "TRUE", "0", "no"]) {
      await find({
        ...CLIENT,
        AZURE_CLIENT_CERTIFICATE_PATH: path,
        AZURE_AUTHORITY_HOST: authority.url,
        AZURE_CLIENT_SEND_CERTIFICATE_CHAIN: value,
      }).getToken("scope");
    }
    const headers = forms(authority).map(({ client_assertion = "" }) =>
      JSON.parse(atob(client_assertion.split(".")[0]!.replaceAll("-", "+").replaceAll("_", "/")))
    );
    assertEquals(headers.map((header) => "x5c" in header), [true, true, true, false, false]);
  }),
);

Deno.test(
  "environmentCredential() signs in at AZURE_AUTHORITY_HOST, unless options override it",
  LOOPBACK_ONLY,
  async () => {
    await using named = generousAuthority();
    await using other = generousAuthority();
    const environment = { ...CLIENT, AZURE_CLIENT_SECRET: "s", AZURE_AUTHORITY_HOST: `${named.url}/` };
    await find(environment).getToken("scope", { authority: other.url });
    assertEquals([named.received.length, other.received.length], [1, 0]);
    await find(environment, { authority: other.url }).getToken("scope");
    assertEquals([named.received.length, other.received.length], [1, 1]);
    await find(environment, { tenantId: "fabrikam.com", clientId: "other-app" }).getToken("scope");
    assertEquals(named.received[1]!.path, "/fabrikam.com/oauth2/v2.0/token");
    assertEquals(forms(named)[1]!.client_id, "other-app");
  },
);

Deno.test(
  fileTest("environmentCredential() reads the federated token file for each sign-in", async (folder) => {
    await using authority = generousAuthority();
    const path = `${folder}/app.jwt`;
    const credential = find({
      ...CLIENT,
      AZURE_FEDERATED_TOKEN_FILE: path,
      AZURE_AUTHORITY_HOST: authority.url,
    });
    for (const [at, refusedToken] of ["", "T1", "T2"].entries()) {
      await Deno.writeTextFile(path, `e30.e30.assertion-${at}\n`);
      await credential.getToken("scope", { refusedToken });
    }
    await Deno.remove(path);
    const message = `the federated token file "${path}": it does not exist`;
    await assertRejects(() => credential.getToken("s", { refusedToken: "T3" }), CredentialError, message);
    assertEquals(
      forms(authority).map((form) => form.client_assertion),
      ["e30.e30.assertion-0", "e30.e30.assertion-1", "e30.e30.assertion-2"],
    );
  }),
);
