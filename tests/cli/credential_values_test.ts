import type { Emulator } from "../../lib/emulator/mod.ts";
import { assertEquals, assertMatch, assertNotMatch } from "../deps/assert.ts";
import { bySecret, byToken, endpoints } from "../support/command.ts";
import { makeCredentials } from "../support/credential_kinds.ts";
import { mapConcurrently } from "../support/promises.ts";
import { runInProcess } from "../support/run_in_process.ts";
import { assertHides } from "../support/secrecy.ts";
import { tenantFileTest } from "../support/temporary.ts";
import { emulatorTest } from "../support/emulated.ts";

const USER = ["user", "alex@contoso.com", "--what-if"];

/** What .env files, Docker, Kubernetes, shells and editors leave around a value. */
const AROUND: Readonly<Record<string, (value: string) => string>> = {
  "CR LF": (value) => `${value}\r\n`,
  "LF": (value) => `${value}\n`,
  "CR": (value) => `${value}\r`,
  "blanks": (value) => ` ${value}\t`,
  "a byte order mark": (value) => `\ufeff${value}`,
  "a no-break space": (value) => `\u00a0${value}`,
  "double quotes": (value) => `"${value}"`,
  "single quotes": (value) => `'${value}'`,
  "quotes and a line end": (value) => `"${value}"\r\n`,
};

Deno.test(tenantFileTest("each variable works with what is left around its value", async (tenant, folder) => {
  const { secret, certificate, federated } = await makeCredentials(tenant, folder);
  const { NO_COLOR: _, ...app } = secret;
  for (const credential of [app, certificate, federated] as Record<string, string>[]) {
    const rows = Object.keys(credential).flatMap((name) =>
      Object.entries(AROUND).map(([what, add]) => ({ name, what, add }))
    );
    const runs = await mapConcurrently(
      rows,
      ({ name, add }) => runInProcess(USER, { env: { ...credential, [name]: add(credential[name]!) } }),
    );
    rows.forEach(({ name, what }, at) =>
      assertEquals(runs[at]!.code, 0, `${what} around ${name}: ${runs[at]!.stderr}`)
    );
  }
}));

/** What stands around a token where it is copied or printed. */
const WRAPPINGS: Readonly<Record<string, (token: string) => string>> = {
  ...AROUND,
  "Bearer": (token) => `Bearer ${token}`,
  "Authorization": (token) => `Authorization: Bearer ${token}\r\n`,
  "az's JSON": (token) =>
    JSON.stringify({ accessToken: token, expiresOn: "2026-01-01", tokenType: "Bearer" }, null, 2),
  "the endpoint's JSON": (token) => `{"token_type":"Bearer","access_token":"${token}"}`,
  "JSON in quotes": (token) => `'{"accessToken":"${token}"}'`,
  "a semicolon": (token) => `${token};`,
  "a comma and quotes": (token) => `"${token}",`,
  "its variable's name": (token) => `GRAPH_ACCESS_TOKEN=${token}`,
  "export": (token) => `export GRAPH_ACCESS_TOKEN="${token}"\n`,
};

Deno.test(tenantFileTest(
  "a token is read with what surrounds it, from a variable, a file and standard input",
  async (tenant, folder) => {
    const token = await tenant.issueToken();
    for (const [what, wrap] of Object.entries(WRAPPINGS)) {
      const text = wrap(token);
      const path = `${folder}/${what.replaceAll(/\W/g, "")}`;
      await Deno.writeTextFile(path, text);
      const units = Uint16Array.from(`\ufeff${text}`, (char) => char.charCodeAt(0));
      await Deno.writeFile(`${path}-16`, new Uint8Array(units.buffer)); // as > of Windows PowerShell
      const env = endpoints(tenant);
      const runs = [
        await runInProcess(USER, { env: byToken(tenant, text) }),
        await runInProcess([...USER, "--token-file", path], { env }),
        await runInProcess([...USER, "--token-file", `${path}-16`], { env }),
        await runInProcess([...USER, "--token-file", "-"], { env, stdin: text }),
      ];
      for (const { code, stderr } of runs) assertEquals(code, 0, `${what}: ${stderr}`);
      assertEquals(tenant.requests.at(-1)!.headers.authorization, `Bearer ${token}`, what);
    }
  },
));

Deno.test(tenantFileTest("a federated token is read with what surrounds it", async (tenant, folder) => {
  const { federated } = await makeCredentials(tenant, folder);
  const assertion = await Deno.readTextFile(`${folder}/assertion`);
  const github = (text: string) => JSON.stringify({ count: 1, value: text });
  for (const wrap of [...Object.values(AROUND), (text: string) => `Bearer ${text}`, github]) {
    await Deno.writeTextFile(`${folder}/assertion`, wrap(assertion));
    const { code, stderr } = await runInProcess(USER, { env: federated });
    assertEquals(code, 0, stderr);
  }
}));

const encode = (claims: object) =>
  `${btoa('{"alg":"none"}')}.${btoa(JSON.stringify(claims)).replace(/=+$/, "")}.c2lnbmF0dXJl`;
const HOUR = 3600;
const now = Math.floor(Date.now() / 1000);
const LATER = now + HOUR;
const GRAPH = "https://graph.microsoft.com";

/** Texts in place of a token, and what is said. */
const NO_TOKENS: readonly (readonly [text: string, says: RegExp])[] = [
  [
    "System.Security.SecureString",
    /it is System\.Security\.SecureString.*\n.*ConvertFrom-SecureString -AsPlainText/,
  ],
  ["null", /it is the word "null"/],
  ["None", /it is the word "None"/],
  ["undefined", /it is the word "undefined"/],
  ["$(GRAPH_ACCESS_TOKEN)", /it is a placeholder that nothing replaced: "\$\(GRAPH_ACCESS_TOKEN\)"/],
  ["${GRAPH_ACCESS_TOKEN}", /it is a placeholder that nothing replaced/],
  ["***", /it is a placeholder that nothing replaced: "\*\*\*"/],
  ['{"error":{"code":"InvalidAuthenticationToken"}}', /it is JSON that contains an error/],
  ['{"name":"x"}', /it is JSON that contains no token/],
  ["abc8Q~canary_4711.Zz-9fGhJkLmNpQrStUvWx", /it looks like a client secret/],
  [`1.${"AXkAcanary".repeat(9)}`, /it looks like a refresh token/],
  ["two words", /white space/],
  ['"eyJhbGciOi', /characters not allowed/],
];

/** Tokens that Graph would refuse, and what is said. Their Graph is that of the global cloud. */
const FOREIGN_TOKENS: readonly (readonly [token: string, says: RegExp])[] = [
  [
    encode({ aud: GRAPH, exp: now - 10 * HOUR }),
    /it expired at 20\d\d-.* \d\d:\d\d, \d+ \w+ ago\nGet a new one/,
  ],
  [
    encode({ aud: "https://graph.windows.net/", exp: LATER }),
    /it is for https:\/\/graph\.windows\.net, not for.*\n.*another service/,
  ],
  [
    encode({ aud: "https://management.core.windows.net/", scp: "user_impersonation", exp: LATER }),
    /it is for https:\/\/management\.core\.windows\.net, .*\n.*--resource-type ms-graph/,
  ],
  [
    encode({ aud: "https://graph.microsoft.us", exp: LATER }),
    /it is for https:\/\/graph\.microsoft\.us, .*\n.*another cloud/,
  ],
];

Deno.test(tenantFileTest(
  "what is no token, or one for something else, exits 4 before anything is sent",
  async (tenant, folder) => {
    for (const [text, says] of [...NO_TOKENS, ...FOREIGN_TOKENS]) {
      const isForeign = FOREIGN_TOKENS.some(([token]) => token === text);
      const env: Record<string, string> = isForeign ? {} : endpoints(tenant);
      await Deno.writeTextFile(`${folder}/token`, text);
      const runs = [
        ["GRAPH_ACCESS_TOKEN", await runInProcess(USER, { env: { ...env, GRAPH_ACCESS_TOKEN: text } })],
        [
          `the token file "${folder}/token"`,
          await runInProcess([...USER, "--token-file", `${folder}/token`], { env }),
        ],
        ["standard input", await runInProcess([...USER, "--token-file", "-"], { env, stdin: text })],
      ] as const;
      for (const [source, { code, stdout, stderr }] of runs) {
        assertEquals([code, stdout, tenant.requests.length], [4, "", 0], text);
        assertMatch(stderr, says);
        assertEquals(stderr.includes(`the access token from ${source} as it`), true, stderr);
        if (text.length > 40) assertHides(stderr, [text.slice(0, 30)], text.slice(0, 10));
      }
    }
  },
));

/** Values of an app's variables that cannot be used, and what is said. */
const REFUSED: readonly (readonly [variable: string, value: string, code: number, says: RegExp])[] = [
  [
    "AZURE_CLIENT_SECRET",
    "***",
    4,
    /AZURE_CLIENT_SECRET as it is a placeholder that nothing replaced: "\*\*\*"/,
  ],
  [
    "AZURE_CLIENT_SECRET",
    "@Microsoft.KeyVault(SecretUri=https://x)",
    4,
    /AZURE_CLIENT_SECRET as it is a placeholder/,
  ],
  ["AZURE_CLIENT_SECRET", "$(AZURE_CLIENT_SECRET)", 4, /AZURE_CLIENT_SECRET as it is a placeholder/],
  ["AZURE_CLIENT_SECRET", "{secret}", 4, /AZURE_CLIENT_SECRET as it is a placeholder/],
  ["AZURE_CLIENT_SECRET", "null", 4, /AZURE_CLIENT_SECRET as it is the word "null"/],
  [
    "AZURE_CLIENT_SECRET",
    "44444444-4444-4444-8444-444444444444",
    4,
    /AZURE_CLIENT_SECRET as it looks like the secret's id\n.*value/,
  ],
  ["AZURE_CLIENT_SECRET", encode({ aud: "x" }), 4, /AZURE_CLIENT_SECRET as it looks like an access token/],
  ["AZURE_CLIENT_SECRET", " ", 4, /incomplete client credentials, set one of AZURE_CLIENT_SECRET/],
  ["AZURE_TENANT_ID", "undefined", 2, /AZURE_TENANT_ID as it is the word "undefined"/],
  [
    "AZURE_TENANT_ID",
    "contoso com",
    2,
    /AZURE_TENANT_ID as it must be a tenant id .*, not "contoso com"/,
  ],
  [
    "AZURE_TENANT_ID",
    `EwB${"Ab1c".repeat(100)}`,
    2,
    /AZURE_TENANT_ID as .*\(403 characters that look like an access token/,
  ],
  ["AZURE_CLIENT_ID", "api://contoso/app", 2, /AZURE_CLIENT_ID as it must be a client id/],
  ["AZURE_AUTHORITY_HOST", "ftp://login.microsoftonline.com", 2, /AZURE_AUTHORITY_HOST as it must be https:/],
];

Deno.test(emulatorTest(
  "a value that cannot be one is refused with its variable, before anything is sent",
  async (tenant) => {
    for (const [variable, value, code, says] of REFUSED) {
      const run = await runInProcess(USER, { env: { ...bySecret(tenant), [variable]: value } });
      assertEquals(
        [run.code, run.stdout, tenant.requests.length],
        [code, "", 0],
        `${variable}: ${run.stderr}`,
      );
      assertMatch(run.stderr, says);
    }
  },
));

/** Ids with what people write around them. */
const IDS: readonly ((tenant: Emulator) => Record<string, string>)[] = [
  ({ tenantId }) => ({ AZURE_TENANT_ID: `{${tenantId}}` }),
  ({ tenantId }) => ({ AZURE_TENANT_ID: `${tenantId}/` }),
  ({ tenantId }) => ({ AZURE_TENANT_ID: `https://login.microsoftonline.com/${tenantId}` }),
  ({ tenantId }) => ({ AZURE_TENANT_ID: `https://login.microsoftonline.com/${tenantId}/v2.0` }),
  ({ tenantId }) => ({ AZURE_TENANT_ID: `https://sts.windows.net/${tenantId}/` }),
  ({ clientId }) => ({ AZURE_CLIENT_ID: `api://${clientId}` }),
  ({ clientId }) => ({ AZURE_CLIENT_ID: `{${clientId}}` }),
];

Deno.test(emulatorTest("an id is read from what people write around it", async (tenant) => {
  for (const row of IDS) {
    const { code, stderr } = await runInProcess(USER, { env: { ...bySecret(tenant), ...row(tenant) } });
    assertEquals(code, 0, stderr);
  }
}));

Deno.test(tenantFileTest(
  "a file with a federated token that is none exits 4, and says what it is",
  async (tenant, folder) => {
    const { federated } = await makeCredentials(tenant, folder);
    const before = tenant.requests.length;
    const rows = [
      ["", /as it is empty/],
      ["null", /as it is the word "null"/],
      ["$(TOKEN)", /as it is a placeholder/],
      ["a-token", /as it is not a JWT/],
      ['{"message":"no"}', /as it is JSON that contains no token/],
    ] as const;
    for (const [text, says] of rows) {
      await Deno.writeTextFile(`${folder}/assertion`, text);
      const { code, stderr } = await runInProcess(USER, { env: federated });
      assertEquals([code, tenant.requests.length], [4, before]);
      assertMatch(stderr, /the federated token file ".*assertion"/);
      assertMatch(stderr, says);
    }
  },
));

Deno.test(emulatorTest("one blank for a secret does not redact the blanks of a message", async (tenant) => {
  const { stderr } = await runInProcess(USER, { env: { ...bySecret(tenant), AZURE_CLIENT_SECRET: " " } });
  assertNotMatch(stderr, /redacted/);
}));
