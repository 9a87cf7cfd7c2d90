import {
  clientAssertionCredential,
  clientCertificateCredential,
  clientSecretCredential,
} from "../lib/auth/client_credentials.ts";
import { findEnvironmentCredential } from "../lib/auth/environment_credential.ts";
import { findManagedIdentity } from "../lib/auth/managed_identity.ts";
import { findAzurePipelinesCredential } from "../lib/auth/pipeline_credentials.ts";
import type { TokenCredential } from "../lib/auth/token_credential.ts";
import { checkAccess } from "../lib/check_access.ts";
import { resolveCloud } from "../lib/cloud.ts";
import { ENVIRONMENT_VARIABLES } from "../lib/environment_variables.ts";
import type { Emulator } from "../lib/emulator/mod.ts";
import { removeProfilePhoto } from "../lib/remove_profile_photo.ts";
import { type BulkOptions, removeProfilePhotos } from "../lib/remove_profile_photos.ts";
import { assert, assertEquals } from "./deps/assert.ts";
import { bySecret, endpoints } from "./support/command.ts";
import { ALEX, emulatorTest } from "./support/emulated.ts";
import { mapConcurrently, rejection } from "./support/promises.ts";
import { runInProcess } from "./support/run_in_process.ts";
import { assertHides, CANARIES } from "./support/secrecy.ts";
import { tenantFileTest } from "./support/temporary.ts";

const ID = "alex@contoso.com";
const USER = ["user", ID];

/** Every place of a command line where a value can be typed. */
const ARGUMENTS: readonly ((canary: string) => string[])[] = [
  (canary) => [canary],
  (canary) => ["help", canary],
  (canary) => ["me", canary],
  (canary) => ["user", canary],
  (canary) => ["user", `${canary},x@contoso.com`],
  (canary) => ["group", canary],
  (canary) => ["-UserId", canary],
  (canary) => [`-GroupId:${canary}`],
  (canary) => ["restore", canary],
  (canary) => ["doctor", canary],
  (canary) => ["token", canary],
  (canary) => ["emulator", canary],
  (canary) => ["emulator", "--port", canary],
  (canary) => ["completions", canary],
  (canary) => ["completions", "bash", canary],
  ...["--", "-", "/", "\u2013", "--no-"].map((dash) => (canary: string) => [...USER, dash + canary]),
  (canary) => [...USER, `--what-if=${canary}`],
  (canary) => [...USER, `-WhatIf:${canary}`],
  (canary) => [...USER, `-Confirm:${canary}`],
  (canary) => [...USER, `-Report=${canary}`, `.${canary}`],
  ...[
    ...["cloud", "graph-endpoint", "authority-host", "tenant-id", "client-id", "certificate", "token-file"],
    ...["from", "column", "backup", "report", "resume", "output", "concurrency", "batch-size", "timeout"],
    ...["max-attempts", "error-action", "sign-in", "port"],
  ].flatMap((option) => [
    (canary: string) => ["user", `--${option}`, canary, ...(option === "from" ? [] : [ID])],
    (canary: string) => ["user", `--${option}=${canary}/x`, ...(option === "from" ? [] : [ID])],
    (
      canary: string,
    ) => ["user", `-${option.replaceAll("-", "")}:"${canary}"`, ...(option === "from" ? [] : [ID])],
  ]),
  ...["filter", "member-of"].map(
    (option) => (canary: string) => ["user", `--${option}`, canary, "--what-if"],
  ),
  ...["except", "limit"].map(
    (option) => (canary: string) => ["find", "user", "--all", `--${option}`, canary],
  ),
  (canary) => ["find", "group", "--all", "--contact-sheet", canary],
  (canary) => ["find", canary],
  (canary) => [...USER, "--graph-endpoint", `https://${canary}@graph.microsoft.com`],
  (canary) => [...USER, "--authority-host", `ftp://${canary}`],
];

/** Variables that are not secret, and so can be repeated in an error. */
const VARIABLES = Object.keys(ENVIRONMENT_VARIABLES);

Deno.test(tenantFileTest(
  "no secret that is typed in a wrong place is shown, wherever that is",
  async (tenant, folder) => {
    let places = 0;
    const cwd = Deno.cwd();
    Deno.chdir(folder); // some of these are taken for the name of a new file
    try {
      for (const [what, canary] of Object.entries(CANARIES)) {
        const lines = ARGUMENTS.map((place) => place(canary));
        const runs = await mapConcurrently(
          lines,
          (args) => runInProcess([...args, "-v"], { env: bySecret(tenant) }),
        );
        for (const [at, { stdout, stderr }] of runs.entries()) {
          assertHides(
            stdout + stderr,
            [canary.slice(0, 30)],
            `${what}: ${lines[at]!.join(" ").replaceAll(canary, "…")}`,
          );
        }
        places += lines.length;
      }
    } finally {
      Deno.chdir(cwd);
    }
    assert(places > 300, `${places} places`);
  },
));

/** An environment in which a variable is read: that of a platform that sets it, else that of an app with a secret. */
function surroundings(tenant: Emulator, name: string): Record<string, string> {
  const platforms: Record<string, string>[] = [
    tenant.platformVariables("github"),
    tenant.platformVariables("azurePipelines"),
    tenant.platformVariables("appService"),
    { IDENTITY_ENDPOINT: `${tenant.url}/metadata/identity/oauth2/token`, IMDS_ENDPOINT: tenant.url },
  ];
  const platform = platforms.find((variables) => name in variables && !(name in bySecret(tenant)));
  return platform ? { ...endpoints(tenant), ...platform } : bySecret(tenant);
}

Deno.test(emulatorTest("no secret in a wrong variable is shown", async (tenant) => {
  for (const [what, canary] of Object.entries(CANARIES)) {
    for (const name of VARIABLES) {
      const usual = surroundings(tenant, name);
      for (
        const value of [canary, `"${canary}"`, `${canary}\r\n`, `Bearer ${canary}`, `{"value":"${canary}"}`]
      ) {
        const isFile = /_PATH$|_FILE$/.test(name); // a secret takes precedence
        const env = { ...usual, ...isFile ? { AZURE_CLIENT_SECRET: "" } : {}, [name]: value };
        for (const command of [["doctor", "--output", "json"], [...USER, "-v", "--max-attempts", "1"]]) {
          const { stdout, stderr } = await runInProcess(command, { env });
          assertHides(stdout + stderr, [canary.slice(0, 30)], `${what} in ${name}`);
        }
      }
    }
  }
}));

const CLIENT = { tenantId: "t", clientId: "c" };

/** Calls of the module with a canary in each place that a caller can put one. */
const CALLS: Readonly<Record<string, (canary: string) => unknown>> = {
  "a cloud": (canary) => resolveCloud(canary as "global"),
  "a Graph": (canary) => resolveCloud({ graph: canary, authority: "https://login.example" }),
  "an authority": (canary) =>
    clientSecretCredential({
      tenantId: "t",
      clientId: "c",
      clientSecret: "s",
      authority: `https://x/${canary}`,
    }),
  "a tenant": (canary) => clientSecretCredential({ tenantId: canary, clientId: "c", clientSecret: "s" }),
  "a client": (canary) => clientSecretCredential({ tenantId: "t", clientId: canary, clientSecret: "s" }),
  "a certificate's path": (canary) => getToken({ certificatePath: canary }),
  "a certificate": (canary) => getToken({ certificate: canary }),
  "a managed identity": (canary) => findManagedIdentity(() => "", { clientId: canary }),
  "a platform's endpoint": (canary) =>
    findManagedIdentity((name) => name === "IDENTITY_HEADER" ? "h" : canary),
  "a service connection": (canary) =>
    findAzurePipelinesCredential(() => "https://x.example", { ...CLIENT, serviceConnectionId: canary }),
  "a user": (canary) => removeProfilePhoto({ user: ` ${canary} ` }, { credential: "T" }),
  "a group": (canary) => removeProfilePhoto({ group: canary }, { credential: "T" }),
  "a kind": (canary) => removeProfilePhoto({ [canary]: "x" } as unknown as "me", { credential: "T" }),
  "a target": (canary) => removeProfilePhoto(canary as "me", { credential: "T" }),
  "an option": (canary) => checkAccess({ [canary]: 1 }),
  "a number": (canary) => checkAccess({ credential: "T", timeout: canary as unknown as number }),
  "an error action": (canary) => first({ errorAction: canary as "stop" }),
  "an answer": (canary) => first({ confirm: () => canary as "yes" }),
  "a variable": (canary) =>
    findEnvironmentCredential((name) =>
      name === "AZURE_TENANT_ID" ? canary : name === "GRAPH_ACCESS_TOKEN" ? "" : "x"
    ),
};

const getToken = (certificate: { certificatePath: string } | { certificate: string }) =>
  clientCertificateCredential({ tenantId: "t", clientId: "c", ...certificate }).getToken("s");

async function first(options: BulkOptions): Promise<unknown> {
  const credential = { getToken: () => Promise.resolve({ token: "T", expiresOnTimestamp: Infinity }) };
  for await (const result of removeProfilePhotos(["me"], { credential, ...options })) return result;
}

Deno.test(emulatorTest("no secret that the module is given in a wrong place is in its error", async () => {
  for (const [what, canary] of Object.entries(CANARIES)) {
    for (const [where, call] of Object.entries(CALLS)) {
      const error = await rejection(Promise.resolve(canary).then(call));
      assertHides(error, [canary.slice(0, 30)], `${what} as ${where}`);
    }
  }
}));

/** What a caller's own code throws. */
const THROWN: Readonly<Record<string, (secret: string) => unknown>> = {
  "a message": (secret) => new Error(JSON.stringify({ authorization: `Bearer ${secret}` })),
  "a cause": (secret) => new TypeError("no", { cause: new Error("why", { cause: new Error(secret) }) }),
  "a request": (secret) =>
    Object.assign(new Error("no"), { config: { headers: new Headers({ authorization: secret }) } }),
  "a text": (secret) => `sent ${encodeURIComponent(secret)}`,
  "debug data of HTTP/2": (secret) =>
    new Error(`http2 error: GoAway(b"refused: Bearer ${secret}", INTERNAL_ERROR, Remote)`),
};

/** The results of a run, or what ended it. */
async function all(results: AsyncIterable<unknown>): Promise<unknown> {
  try {
    return await Array.fromAsync(results);
  } catch (error) {
    return error;
  }
}

Deno.test(
  emulatorTest("nothing that a caller's own code throws shows a secret of the process", async (tenant) => {
    const { tenantId, clientId, clientSecret, cloud } = tenant;
    const token = await tenant.issueToken();
    const assertion = `e30.${"canary".repeat(20)}.c2ln`;
    const credentials: [credential: string | TokenCredential, secret: string][] = [
      [token, token],
      [clientSecretCredential({ tenantId, clientId, clientSecret }), clientSecret],
      [clientAssertionCredential({ tenantId, clientId, getAssertion: () => assertion }), assertion],
      [{ getToken: () => Promise.resolve({ token, expiresOnTimestamp: Infinity }) }, token],
    ];
    for (const [credential, secret] of credentials) {
      for (const [where, make] of Object.entries(THROWN)) {
        const failing = () => Promise.reject(make(secret));
        const options = { credential, cloud, fetch: failing, retry: { maxAttempts: 1 } };
        assertHides(await rejection(removeProfilePhoto(ALEX, options)), [secret], where);
        assertHides(await all(removeProfilePhotos([ALEX, "me"], options)), [secret], `${where}, in bulk`);
        const throwing = { getToken: failing };
        assertHides(
          await rejection(checkAccess({ credential: throwing, cloud })),
          [secret],
          `${where} of getToken()`,
        );
      }
    }
    assertEquals(tenant.counts.graph, 0);
  }),
);
