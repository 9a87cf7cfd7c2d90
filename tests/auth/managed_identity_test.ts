import { findManagedIdentity, managedIdentityCredential } from "../../lib/auth/managed_identity.ts";
import type { EnvironmentVariable } from "../../lib/environment_variables.ts";
import { CredentialError } from "../../lib/errors.ts";
import { removeProfilePhoto } from "../../lib/remove_profile_photo.ts";
import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "../deps/assert.ts";
import { ALEX, emulatorTest } from "../support/emulated.ts";
import { fakeClock } from "../support/fake_clock.ts";
import { rejection } from "../support/promises.ts";
import { assertHides } from "../support/secrecy.ts";
import { type Received, serve, unusedRoot } from "../support/server.ts";
import { FILES, fileTest, inTemporaryFolder, tenantFileTest } from "../support/temporary.ts";
import { IS_WINDOWS, LOOPBACK_ONLY, NONE } from "../support/test.ts";

const IMDS = "http://169.254.169.254";
const SCOPE = "https://graph.microsoft.com/.default";
const CLIENT_ID = "22222222-2222-4222-8222-222222222222";
const HEADER = "canary-identity-header";

type Variables = Partial<Record<EnvironmentVariable, string>>;
type Options = Parameters<typeof findManagedIdentity>[1];
type Surroundings = Parameters<typeof findManagedIdentity>[2];

/** The managed identity of an environment that is not this process's. */
const find = (variables: Variables, options: Options = {}, surroundings: Surroundings = {}) =>
  findManagedIdentity((name) => variables[name] || undefined, options, {
    clock: fakeClock(),
    ...surroundings,
  });

/** Sends to a stand-in what is for the metadata service, and nothing to anything else. */
const instead = (root: string): typeof fetch => (input, init) => {
  assert(String(input).startsWith(`${IMDS}/`), String(input));
  return fetch(String(input).replace(IMDS, root), init);
};

/** A good answer, as the endpoints document it; `now` is that of the fake clock. */
const answer = (more: Record<string, unknown> = {}) =>
  Response.json({
    access_token: "T1",
    expires_on: String(Date.UTC(2026, 0, 2, 4) / 1000),
    resource: "https://graph.microsoft.com",
    token_type: "Bearer",
    ...more,
  });

const RESOURCE = "resource=https%3A%2F%2Fgraph.microsoft.com";

/** Platforms: what they set, and the request that their documentation asks for. */
const PLATFORMS: Readonly<
  Record<string, {
    variables: (root: string) => Variables;
    method?: string;
    path: string;
    body?: string;
    headers?: Record<string, string>;
    /** How the path ends for a user-assigned identity. */
    selects?: string;
  }>
> = {
  "App Service, Functions, Container Apps and Automation": {
    variables: (root) => ({ IDENTITY_ENDPOINT: `${root}/msi/token/`, IDENTITY_HEADER: HEADER }),
    path: `/msi/token/?api-version=2019-08-01&${RESOURCE}`,
    headers: { "x-identity-header": HEADER, metadata: "true" },
    selects: `&client_id=${CLIENT_ID}`,
  },
  "App Service, which sets the older variables, too": {
    variables: (root) => ({
      IDENTITY_ENDPOINT: `${root}/msi/token/`,
      IDENTITY_HEADER: HEADER,
      MSI_ENDPOINT: `${root}/old`,
      MSI_SECRET: HEADER,
    }),
    path: `/msi/token/?api-version=2019-08-01&${RESOURCE}`,
    headers: { "x-identity-header": HEADER },
    selects: `&client_id=${CLIENT_ID}`,
  },
  "older services": {
    variables: (root) => ({ MSI_ENDPOINT: `${root}/old`, MSI_SECRET: HEADER }),
    path: `/old?api-version=2017-09-01&${RESOURCE}`,
    headers: { secret: HEADER },
    selects: `&clientid=${CLIENT_ID}&client_id=${CLIENT_ID}`,
  },
  "Cloud Shell": {
    variables: (root) => ({ MSI_ENDPOINT: `${root}/oauth2/token` }),
    method: "POST",
    path: "/oauth2/token",
    body: RESOURCE,
    headers: { metadata: "true", "content-type": "application/x-www-form-urlencoded;charset=UTF-8" },
  },
  "a virtual machine": {
    variables: () => ({}),
    path: `/metadata/identity/oauth2/token?api-version=2018-02-01&${RESOURCE}`,
    headers: { metadata: "true" },
    selects: `&client_id=${CLIENT_ID}`,
  },
};

Deno.test("managedIdentityCredential() asks each platform as it documents", LOOPBACK_ONLY, async () => {
  for (
    const [name, { variables, method = "GET", path, body = "", headers = {}, selects }] of Object.entries(
      PLATFORMS,
    )
  ) {
    await using server = serve(() => answer());
    const options = name === "a virtual machine" ? { fetch: instead(server.url) } : {};
    const token = await find(variables(server.url), options).getToken(SCOPE);
    assertEquals(token, { token: "T1", expiresOnTimestamp: Date.UTC(2026, 0, 2, 4) }, name);
    const received = server.received.at(-1)!;
    assertEquals([received.method, received.path, received.body], [method, path, body], name);
    for (const [header, value] of Object.entries(headers)) {
      assertEquals(received.headers.get(header), value, name);
    }
    if (!selects) continue;
    const asked = find({ ...variables(server.url), AZURE_CLIENT_ID: ` ${CLIENT_ID}\r\n` }, options);
    await asked.getToken(SCOPE);
    await find(variables(server.url), { ...options, clientId: CLIENT_ID }).getToken(SCOPE);
    const ends = server.received.filter(({ path }) => path.includes(CLIENT_ID)).map((each) => each.path);
    assertEquals(ends, [path + selects, path + selects], name);
  }
});

Deno.test(
  "managedIdentityCredential() keeps a token, and asks anew before it expires",
  LOOPBACK_ONLY,
  async () => {
    let count = 0;
    const clock = fakeClock();
    await using server = serve(() =>
      answer({ access_token: `T${++count}`, expires_on: clock.now() / 1000 + 3600 })
    );
    const credential = find(PLATFORMS["Cloud Shell"]!.variables(server.url), {}, { clock });
    const tokens = [];
    for (const minutes of [0, 54, 2]) {
      clock.advance(minutes * 60_000);
      tokens.push((await credential.getToken(SCOPE))!.token);
    }
    assertEquals(tokens, ["T1", "T1", "T2"]);
  },
);

Deno.test("managedIdentityCredential() reads each form of an expiry", LOOPBACK_ONLY, async () => {
  const rows: [unknown, number | null][] = [
    ["1767330000", 1767330000_000],
    [1767330000, 1767330000_000],
    ["01/02/2026 05:00:00 +00:00", 1767330000_000],
    ["2026-01-02T05:00:00Z", 1767330000_000],
    [undefined, Infinity],
    ["1767312000", null], // an hour ago
    ["soon", null],
  ];
  for (const [expires_on, expected] of rows) {
    await using server = serve(() => answer({ expires_on }));
    const asking = find(PLATFORMS["Cloud Shell"]!.variables(server.url)).getToken(SCOPE);
    if (expected === null) await assertRejects(() => asking, CredentialError, "expired");
    else assertEquals((await asking)!.expiresOnTimestamp, expected, String(expires_on));
  }
});

/** Errors, as the platforms' users have seen them, and what is to be said about them. */
const REFUSALS: readonly [
  platform: keyof typeof PLATFORMS,
  status: number,
  body: unknown,
  id: boolean,
  says: RegExp,
][] = [
  [
    "a virtual machine",
    400,
    { error: "invalid_request", error_description: "Identity not found" },
    false,
    /turn on Identity/i,
  ],
  [
    "a virtual machine",
    400,
    { error: "invalid_request", error_description: "Identity not found" },
    true,
    /No identity with the client id 2{8}-.* is assigned here\. AZURE_CLIENT_ID takes/,
  ],
  [
    "a virtual machine",
    400,
    {
      error: "invalid_request",
      error_description:
        "Multiple user assigned identities exist, please specify the clientId / resourceId of the " +
        "identity in the token request",
    },
    false,
    /Several identities.*AZURE_CLIENT_ID/,
  ],
  [
    "App Service, Functions, Container Apps and Automation",
    400,
    { StatusCode: 400, Message: "No Managed Identity found for specified ClientId/ResourceId/PrincipalId." },
    true,
    /No Managed Identity found.*\n.*No identity with the client id/,
  ],
  ["App Service, Functions, Container Apps and Automation", 401, "", false, /401\n.*IDENTITY_HEADER/],
  ["Cloud Shell", 403, { error: { code: "x" } }, false, /Azure Cloud Shell: its endpoint answered 403/],
];

Deno.test("managedIdentityCredential() says what is missing", LOOPBACK_ONLY, async () => {
  for (const [name, status, body, withId, says] of REFUSALS) {
    const { variables } = PLATFORMS[name]!;
    let count = 0;
    await using server = serve(() => {
      const isProbe = name === "a virtual machine" && count++ === 0;
      return isProbe
        ? Response.json({ error: "bad_request_102" }, { status: 400 })
        : Response.json(body, { status });
    });
    const credential = find(
      { ...variables(server.url), AZURE_CLIENT_ID: withId ? CLIENT_ID : "" },
      name === "a virtual machine" ? { fetch: instead(server.url) } : {},
    );
    const error = await assertRejects(() => credential.getToken(SCOPE), CredentialError);
    assertEquals(error.code, "SignInRefused");
    assertMatch(`${error.message}\n${error.hint}`, says);
    assertEquals(server.received.length, name === "a virtual machine" ? 2 : 1, "a refusal is not retried");
  }
});

Deno.test("managedIdentityCredential() retries as each platform documents", LOOPBACK_ONLY, async () => {
  const vm = "a virtual machine", appService = "App Service, Functions, Container Apps and Automation";
  const rows: [platform: keyof typeof PLATFORMS, status: number, sleeps: number[], retryAfter?: string][] = [
    [vm, 404, [2000, 4000, 8000, 16000]],
    [vm, 429, [2000, 4000, 8000, 16000]],
    [vm, 500, [2000, 4000, 8000, 16000]],
    [vm, 429, [2000, 4000, 8000, 16000], "1"],
    [vm, 429, [20_000, 20_000, 20_000, 20_000], "20"],
    [vm, 429, [], "3600"],
    [vm, 410, Array(7).fill(10_000)],
    [vm, 401, []],
    [appService, 503, [1000, 2000, 4000]],
    [appService, 404, [1000, 2000, 4000]],
    [appService, 410, []],
  ];
  for (const [name, status, sleeps, retryAfter] of rows) {
    const clock = fakeClock();
    const headers = retryAfter === undefined ? undefined : { "retry-after": retryAfter };
    await using server = serve(({ headers: sent }) =>
      sent.has("metadata") ? new Response("", { status, headers }) : new Response("", { status: 400 })
    );
    const options = name === vm ? { fetch: instead(server.url) } : {};
    const credential = find(PLATFORMS[name]!.variables(server.url), options, { clock });
    await assertRejects(() => credential.getToken(SCOPE), CredentialError, String(status));
    assertEquals(clock.sleeps, sleeps, `${name}: ${status}`);
  }
});

Deno.test("managedIdentityCredential() says that there is no metadata service", LOOPBACK_ONLY, async () => {
  await using docker = serve(() => new Response("", { status: 403 }));
  for (
    const [root, why] of [[docker.url, /answered 403/], [
      unusedRoot(),
      /connection to 169\.254.* failed/,
    ]] as const
  ) {
    const credential = find({}, { fetch: instead(root) });
    const error = await assertRejects(() => credential.getToken(SCOPE), CredentialError);
    assertEquals(error.code, "CredentialNotFound");
    assertMatch(error.message, why);
    assertMatch(error.hint!, /no virtual machine of Azure.*IDENTITY_ENDPOINT/);
  }
  assertEquals([docker.received.length, docker.received[0]!.headers.has("metadata")], [1, false]);
});

Deno.test("managedIdentityCredential() refuses an environment that it cannot use", NONE, () => {
  const rows: [Variables, RegExp][] = [
    [
      {
        IDENTITY_ENDPOINT: "https://localhost:2377/x",
        IDENTITY_HEADER: "h",
        IDENTITY_SERVER_THUMBPRINT: "t",
      },
      /Service Fabric is not supported/,
    ],
    [{ IDENTITY_ENDPOINT: "http://127.0.0.1/" }, /neither IDENTITY_HEADER nor IMDS_ENDPOINT/],
    [
      { IDENTITY_ENDPOINT: "http://127.0.0.1/", MSI_ENDPOINT: "http://127.0.0.1/" },
      /neither IDENTITY_HEADER/,
    ],
    [
      { IDENTITY_ENDPOINT: "http://contoso.com/", IDENTITY_HEADER: "h" },
      /IDENTITY_ENDPOINT as it must be an http: URL of/,
    ],
    [
      { IDENTITY_ENDPOINT: "http://169.254.1.2@x.com/", IDENTITY_HEADER: "h" },
      /must be an http: URL of this machine/,
    ],
    [
      { IDENTITY_ENDPOINT: "http://169.254.1.2/", IMDS_ENDPOINT: "x" },
      /must be an http: URL of this machine/,
    ],
    [
      { IDENTITY_ENDPOINT: "https://127.0.0.1/", IDENTITY_HEADER: "h" },
      /must be an http: URL of this machine/,
    ],
    [{ MSI_ENDPOINT: "file:///etc/passwd" }, /MSI_ENDPOINT as it must be an http: URL/],
    [
      { MSI_ENDPOINT: "http://127.0.0.1/", AZURE_CLIENT_ID: CLIENT_ID },
      /AZURE_CLIENT_ID as Azure Cloud Shell has no user/,
    ],
    [
      { IDENTITY_ENDPOINT: "http://169.254.1.2/", IDENTITY_HEADER: "two words" },
      /IDENTITY_HEADER as it contains white/,
    ],
  ];
  for (const [variables, says] of rows) {
    const error = assertThrows(() => find(variables), CredentialError);
    assertMatch(error.message, says);
  }
  assertThrows(() => find({}, { clientId: "a/b" }), TypeError, "the client id");
  assertThrows(() => managedIdentityCredential(), CredentialError, "environment cannot be read");
});

Deno.test("managedIdentityCredential() gives no token that Graph refused", LOOPBACK_ONLY, async () => {
  await using server = serve(() => answer());
  const credential = find(PLATFORMS["Cloud Shell"]!.variables(server.url));
  await credential.getToken(SCOPE);
  const error = await assertRejects(
    () => credential.getToken(SCOPE, { refusedToken: "T1" }),
    CredentialError,
  );
  assertMatch(`${error.message} ${error.hint}`, /refused once more .*24 hours/);
});

const KEY = "canary-arc-key-4711==";

/** Azure Arc's agent, whose challenge names a file. */
const arcAgent = (path: () => string, more: Record<string, unknown> = {}) =>
  serve(({ headers }) =>
    headers.get("authorization") === `Basic ${KEY}` ? answer(more) : new Response("", {
      status: 401,
      headers: { "www-authenticate": `Basic realm=${path()}` },
    })
  );

const arcVariables = (root: string): Variables => ({
  IDENTITY_ENDPOINT: `${root.replace("127.0.0.1", "localhost")}/metadata/identity/oauth2/token`,
  IMDS_ENDPOINT: root,
});

Deno.test(
  fileTest(
    "managedIdentityCredential() answers the challenge of Azure Arc by the key file",
    async (folder) => {
      await using agent = arcAgent(() => `${folder}/a-1.key`);
      await Deno.writeTextFile(`${folder}/a-1.key`, KEY);
      const credential = find(arcVariables(agent.url), {}, { arcFolder: `${folder}/` });
      assertEquals((await credential.getToken(SCOPE))!.token, "T1");
      const [first, second] = agent.received as [Received, Received];
      assertEquals(first.path, `/metadata/identity/oauth2/token?api-version=2020-06-01&${RESOURCE}`);
      assertEquals([first.headers.get("metadata"), first.headers.get("authorization")], ["true", null]);
      assertEquals([second.path, second.headers.get("authorization")], [first.path, `Basic ${KEY}`]);
    },
  ),
);

Deno.test("managedIdentityCredential() sends Azure Arc no other file", {
  permissions: FILES,
  ignore: IS_WINDOWS,
}, () =>
  inTemporaryFolder(async (folder) => {
    let path = "";
    await using agent = arcAgent(() => path);
    const tokens = `${folder}/Tokens/`;
    await Deno.mkdir(`${tokens}folder.key`, { recursive: true });
    await Deno.writeTextFile(`${folder}/other.key`, KEY);
    await Deno.symlink(`${folder}/other.key`, `${tokens}link.key`);
    await Deno.writeTextFile(`${tokens}key.txt`, KEY);
    await Deno.writeTextFile(`${tokens}large.key`, "x".repeat(4097));
    await Deno.writeTextFile(`${tokens}largest.key`, "x".repeat(4096));
    await Deno.writeTextFile(`${tokens}lines.key`, `${KEY}\r\nx-evil: 1`);
    const rows: [string, RegExp][] = [
      ["", /names no key file in the folder/],
      [`${folder}/other.key`, /names no key file/],
      [`${tokens}../other.key`, /names no key file/],
      [`${folder}/Tokenz/largest.key`, /names no key file/],
      [`${tokens}folder.key/../../other.key`, /names no key file/],
      [`${tokens}key.txt`, /names no key file/],
      [`${tokens}.key`, /names no key file/],
      [`${tokens}link.key`, /it is a link/],
      [`${tokens}folder.key`, /it is a folder/],
      [`${tokens}none.key`, /it does not exist/],
      [`${tokens}large.key`, /more than 4096 bytes/],
      [`${tokens}lines.key`, /contains no key/],
      [`${tokens}largest.key`, /answered 401/],
    ];
    for (const [named, says] of rows) {
      path = named;
      const credential = find(arcVariables(agent.url), {}, { arcFolder: tokens });
      const error = await assertRejects(() => credential.getToken(SCOPE), CredentialError);
      assertMatch(error.message, says, named);
      assertHides(error, [KEY], named);
    }
    const sent = agent.received.filter(({ headers }) => headers.has("authorization"));
    assertEquals(sent.length, 1, "of the largest file that is allowed");
  }));

Deno.test(fileTest(
  "managedIdentityCredential() uses an identity of Azure Arc only if the agent confirms it",
  async (folder) => {
    await Deno.writeTextFile(`${folder}/1.key`, KEY);
    for (
      const [client_id, isConfirmed] of [[CLIENT_ID.toUpperCase(), true], [undefined, false], [
        "other",
        false,
      ]] as const
    ) {
      await using agent = arcAgent(() => `${folder}/1.key`, { client_id });
      const credential = find(arcVariables(agent.url), { clientId: CLIENT_ID }, { arcFolder: `${folder}/` });
      const asking = credential.getToken(SCOPE);
      if (isConfirmed) await asking;
      else await assertRejects(() => asking, CredentialError, "does not confirm");
    }
  },
));

Deno.test(
  "managedIdentityCredential() shows no secret, wherever an endpoint repeats it",
  LOOPBACK_ONLY,
  async () => {
    for (const status of [200, 302, 400, 401, 500]) {
      await using server = serve(({ headers }) => {
        const secret = headers.get("x-identity-header") ?? headers.get("secret") ?? "";
        return Response.json({ Message: `Not ${secret}`, access_token: `${secret} x`, error: secret }, {
          status,
          headers: { location: `/${secret}`, "www-authenticate": secret },
        });
      });
      for (const name of ["App Service, Functions, Container Apps and Automation", "older services"]) {
        const error = await rejection(find(PLATFORMS[name]!.variables(server.url)).getToken(SCOPE));
        assertHides(error, [HEADER], `${name}: ${status}`);
      }
    }
  },
);

Deno.test(emulatorTest("a managed identity of the emulator removes a photo", async (tenant) => {
  const { cloud, clientId } = tenant;
  const appService = tenant.platformVariables("appService");
  const rows: [Variables, Options][] = [
    [appService, {}],
    [appService, { clientId }],
    [{}, { fetch: instead(tenant.url) }],
  ];
  for (const [variables, options] of rows) {
    const credential = findManagedIdentity((name) => variables[name], options);
    await removeProfilePhoto(ALEX, { credential, cloud });
  }
  const unknown = findManagedIdentity((name) => appService[name], { clientId: "other" });
  const error = await assertRejects(
    () => removeProfilePhoto(ALEX, { credential: unknown, cloud }),
    CredentialError,
  );
  assertMatch(`${error.message} ${error.hint}`, /answered 400: No Managed Identity found.*client id other/);
}));

Deno.test(tenantFileTest("the emulator's Azure Arc removes a photo", async (tenant, folder) => {
  const variables = tenant.platformVariables("arc", { arcFolder: `${folder}/` });
  const credential = findManagedIdentity((name) => variables[name], {}, { arcFolder: `${folder}/` });
  assertEquals((await removeProfilePhoto(ALEX, { credential, cloud: tenant.cloud })).outcome, "removed");
}));
