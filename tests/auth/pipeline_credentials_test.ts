import {
  azurePipelinesCredential,
  findAzurePipelinesCredential,
  findGithubCredential,
  githubCredential,
} from "../../lib/auth/pipeline_credentials.ts";
import { CLOUDS } from "../../lib/cloud.ts";
import type { Emulator } from "../../lib/emulator/mod.ts";
import type { EnvironmentVariable } from "../../lib/environment_variables.ts";
import { CredentialError } from "../../lib/errors.ts";
import { removeProfilePhoto } from "../../lib/remove_profile_photo.ts";
import { assertEquals, assertMatch, assertRejects, assertThrows } from "../deps/assert.ts";
import { ALEX, emulatorTest } from "../support/emulated.ts";
import { rejection } from "../support/promises.ts";
import { assertHides } from "../support/secrecy.ts";
import { serve } from "../support/server.ts";
import { forms, generousAuthority } from "../support/sign_in.ts";
import { LOOPBACK_ONLY, NONE } from "../support/test.ts";

type Variables = Partial<Record<EnvironmentVariable, string>>;
type Options = Parameters<typeof findAzurePipelinesCredential>[1];

const FIND = { github: findGithubCredential, azurePipelines: findAzurePipelinesCredential };
type Platform = keyof typeof FIND;

const find = (platform: Platform, variables: Variables, options?: Options) =>
  FIND[platform]((name) => variables[name] || undefined, options);

const IDS: Variables = { AZURE_TENANT_ID: "contoso.com", AZURE_CLIENT_ID: "app-id" };
const TOKEN = "canary-request-token";
const CONNECTION = "44444444-4444-4444-8444-444444444444";

const github = (root: string): Variables => ({
  ...IDS,
  GITHUB_ACTIONS: "true",
  ACTIONS_ID_TOKEN_REQUEST_URL: `${root}/idtoken?api-version=2.0`,
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: TOKEN,
});
const azurePipelines = (root: string): Variables => ({
  ...IDS,
  SYSTEM_OIDCREQUESTURI: `${root}/jobs/1/oidctoken`,
  SYSTEM_ACCESSTOKEN: TOKEN,
  AZURESUBSCRIPTION_SERVICE_CONNECTION_ID: CONNECTION,
});
const VARIABLES = { github, azurePipelines };
const PLATFORMS = Object.keys(VARIABLES) as Platform[];

/** Gives the OIDC tokens e30.e30.1, e30.e30.2, … */
function oidcService() {
  let count = 0;
  return serve(() => {
    const token = `e30.e30.${++count}`;
    return Response.json({ value: token, oidcToken: token });
  });
}

Deno.test(
  "githubCredential() asks for a token with the audience of the cloud, for each sign-in",
  LOOPBACK_ONLY,
  async () => {
    await using service = oidcService();
    await using authority = generousAuthority();
    const hosts = [
      ...Object.values(CLOUDS).map((cloud) => cloud.authority),
      "https://login.partner.microsoftonline.cn",
    ];
    for (const host of hosts) {
      const instead: typeof fetch = (input, init) => fetch(String(input).replace(host, authority.url), init);
      const credential = find("github", github(service.url), { fetch: instead });
      const { token } = (await credential.getToken("s", { authority: host }))!;
      await credential.getToken("s", { authority: host, refusedToken: token });
    }
    const path = "/idtoken?api-version=2.0&audience=api%3A%2F%2FAzureADTokenExchange";
    const audiences = ["", "USGov", "USGov", "China", "China"].flatMap((
      cloud,
    ) => [path + cloud, path + cloud]);
    assertEquals(service.received.map((received) => received.path), audiences);
    const [{ method, headers }] = service.received as [typeof service.received[0]];
    assertEquals([method, headers.get("authorization")], ["GET", `Bearer ${TOKEN}`]);
    const sent = forms(authority).map((form) => form.client_assertion);
    assertEquals(sent, service.received.map((_, at) => `e30.e30.${at + 1}`));
  },
);

Deno.test(
  "azurePipelinesCredential() asks as Azure DevOps documents, for each sign-in",
  LOOPBACK_ONLY,
  async () => {
    await using service = oidcService();
    await using authority = generousAuthority();
    const credential = find("azurePipelines", azurePipelines(service.url), { authority: authority.url });
    for (const refusedToken of [undefined, "T1"]) await credential.getToken("s", { refusedToken });
    const query = `api-version=7.1&serviceConnectionId=${CONNECTION}`;
    assertEquals(
      service.received.map(({ method, path, body }) => `${method} ${path} ${body}`),
      Array(2).fill(`POST /jobs/1/oidctoken?${query} `),
    );
    const { headers } = service.received[0]!;
    assertEquals(
      ["authorization", "content-type", "x-tfs-fedauthredirect"].map((name) => headers.get(name)),
      [`Bearer ${TOKEN}`, "application/json", "Suppress"],
    );
    assertEquals(forms(authority).map((form) => form.client_assertion), ["e30.e30.1", "e30.e30.2"]);
  },
);

/** What a job can lack, and what is said about it. */
const MISSING: readonly [Platform, without: Variables, says: RegExp][] = [
  ["github", { AZURE_TENANT_ID: "" }, /set AZURE_TENANT_ID$/],
  ["github", { AZURE_TENANT_ID: "", AZURE_CLIENT_ID: "" }, /set AZURE_TENANT_ID and AZURE_CLIENT_ID$/],
  ["github", { ACTIONS_ID_TOKEN_REQUEST_URL: "" }, /lacks the permission id-token: write/],
  ["github", { ACTIONS_ID_TOKEN_REQUEST_TOKEN: "" }, /lacks the permission id-token: write/],
  ["github", { ACTIONS_ID_TOKEN_REQUEST_URL: "", GITHUB_ACTIONS: "" }, /no job of GitHub Actions/],
  ["azurePipelines", { AZURE_CLIENT_ID: "" }, /set AZURE_CLIENT_ID$/],
  ["azurePipelines", { SYSTEM_OIDCREQUESTURI: "" }, /no job of Azure Pipelines/],
  ["azurePipelines", { SYSTEM_ACCESSTOKEN: "" }, /has no SYSTEM_ACCESSTOKEN/],
  ["azurePipelines", { AZURESUBSCRIPTION_SERVICE_CONNECTION_ID: "" }, /names no service connection/],
];

Deno.test("a pipeline's credential says what the job lacks", NONE, () => {
  for (const [platform, without, says] of MISSING) {
    const variables = { ...VARIABLES[platform]("https://oidc.example"), ...without };
    const error = assertThrows(() => find(platform, variables), CredentialError);
    assertEquals([error.code, typeof error.hint], ["CredentialNotFound", "string"]);
    assertMatch(error.message, says);
  }
  for (const create of [githubCredential, azurePipelinesCredential]) {
    assertThrows(create, CredentialError, "environment cannot be read");
  }
});

Deno.test("a pipeline's credential refuses values that it cannot use", NONE, () => {
  const rows: [Platform, Variables, RegExp][] = [
    ["github", { ACTIONS_ID_TOKEN_REQUEST_URL: "http://oidc.example/" }, /must be an https: URL/],
    ["github", { ACTIONS_ID_TOKEN_REQUEST_URL: "https://u:p@oidc.example/" }, /must be an https: URL/],
    ["github", { ACTIONS_ID_TOKEN_REQUEST_TOKEN: "${{ github.token }}" }, /TOKEN as it is a placeholder/],
    ["azurePipelines", { SYSTEM_OIDCREQUESTURI: "ftp://x" }, /must be an https: URL/],
    ["azurePipelines", { SYSTEM_ACCESSTOKEN: "$(System.AccessToken)" }, /TOKEN as it is a placeholder/],
    [
      "azurePipelines",
      { AZURESUBSCRIPTION_SERVICE_CONNECTION_ID: "my connection" },
      /_ID as it must be a GUID/,
    ],
  ];
  for (const [platform, bad, says] of rows) {
    const error = assertThrows(() =>
      find(platform, { ...VARIABLES[platform]("https://oidc.example"), ...bad })
    );
    assertMatch((error as Error).message, says);
  }
});

const REFUSED: readonly [Platform, () => Response, code: string, says: RegExp][] = [
  [
    "github",
    () => Response.json({ message: "No." }, { status: 403 }),
    "SignInRefused",
    /403: No\.\n.*id-token: write/,
  ],
  ["github", () => Response.json({ value: "x" }), "CredentialInvalid", /not a JWT/],
  ["github", () => Response.json({}), "SignInFailed", /200 without a token/],
  [
    "azurePipelines",
    () => Response.json({ message: "Bad." }, { status: 401 }),
    "SignInRefused",
    /401: Bad\.\n.*connection/,
  ],
  [
    "azurePipelines",
    () => Response.redirect("http://x.example"),
    "SignInRefused",
    /answered 302\n.*SYSTEM_ACCESSTOKEN/,
  ],
  ["azurePipelines", () => new Response("<html>"), "SignInFailed", /200 without a token\n.*connection/],
];

Deno.test("a pipeline's credential says why it got no OIDC token", LOOPBACK_ONLY, async () => {
  await using authority = generousAuthority();
  for (const [platform, response, code, says] of REFUSED) {
    await using service = serve(response);
    const credential = find(platform, VARIABLES[platform](service.url), { authority: authority.url });
    const error = await assertRejects(() => credential.getToken("s"), CredentialError);
    assertEquals([error.code, service.received.length], [code, 1]);
    assertMatch(`${error.message}\n${error.hint}`, says);
  }
  assertEquals(authority.received.length, 0);
});

Deno.test("a pipeline's credential repeats a request after a transient failure", LOOPBACK_ONLY, async () => {
  await using authority = generousAuthority();
  for (const platform of PLATFORMS) {
    const answers = [429, 503];
    await using service = serve(() => {
      const status = answers.shift();
      return status === undefined
        ? Response.json({ value: "e30.e30.e30", oidcToken: "e30.e30.e30" })
        : new Response("", { status, headers: { "retry-after": "0.001" } });
    });
    await find(platform, VARIABLES[platform](service.url), { authority: authority.url }).getToken("s");
    assertEquals(service.received.length, 3);
  }
});

Deno.test(
  "a pipeline's credential shows no token, wherever a service repeats it",
  LOOPBACK_ONLY,
  async () => {
    const oidc = `e30.${"canary".repeat(10)}.c2ln`;
    for (const platform of PLATFORMS) {
      const token = { github: "first-canary-4711", azurePipelines: "0815.another+one" }[platform]; // known to it alone
      const variables = (root: string) => ({
        ...VARIABLES[platform](root),
        [platform === "github" ? "ACTIONS_ID_TOKEN_REQUEST_TOKEN" : "SYSTEM_ACCESSTOKEN"]: token,
      });
      for (const status of [200, 302, 400, 403]) {
        await using service = serve(({ headers }) => {
          const sent = headers.get("authorization")!;
          return Response.json(
            { message: sent, error: sent, value: `${oidc} ${sent}`, oidcToken: `${oidc} x` },
            {
              status,
              headers: { location: `/${token}` },
            },
          );
        });
        assertHides(await rejection(find(platform, variables(service.url)).getToken("s")), [
          token,
          oidc,
        ], platform);
      }
      await using service = serve(() => Response.json({ value: oidc, oidcToken: oidc }));
      await using authority = serve(({ body }) =>
        Response.json({ error_description: `AADSTS700213: ${body}` }, { status: 401 })
      );
      const credential = find(platform, variables(service.url), { authority: authority.url });
      assertHides(await rejection(credential.getToken("s")), [token, oidc], `${platform}, in Entra's answer`);
    }
  },
);

/** Signs in as a job of the emulator, and removes a photo. */
const removeAs = (
  tenant: Emulator,
  platform: Platform,
  options?: Parameters<Emulator["platformVariables"]>[1],
) => {
  const credential = find(platform, tenant.platformVariables(platform, options));
  return removeProfilePhoto(ALEX, { credential, cloud: tenant.cloud });
};

Deno.test(emulatorTest("a job of the emulator removes a photo", async (tenant) => {
  for (const platform of PLATFORMS) await removeAs(tenant, platform);
  assertEquals([tenant.counts.token, tenant.directory.hasPhoto("alex@contoso.com")], [2, false]);
}));

Deno.test(emulatorTest(
  "a job that the app does not trust is told the issuer, subject and audience to trust",
  async (tenant) => {
    for (const platform of PLATFORMS) {
      const subject = "repo:contoso@1/photos@2:environment:production";
      const none = await assertRejects(() => removeAs(tenant, platform, { trusted: false }), CredentialError);
      assertMatch(none.message, platform === "github" ? /AADSTS70025:/ : /AADSTS700211:/);
      await removeAs(tenant, platform);
      const other = await assertRejects(
        () => removeAs(tenant, platform, { subject, trusted: false }),
        CredentialError,
      );
      assertEquals(other.aadstsCodes, [700213]);
      for (const { hint } of [none, other]) {
        assertMatch(hint!, /issuer "https:.*", subject ".*" and audience "api:\/\/AzureADTokenExchange"/);
      }
      assertMatch(other.hint!, new RegExp(`subject "${subject}"`));
    }
  },
));
