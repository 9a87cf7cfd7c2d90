import { selfSignedCertificate } from "../../lib/emulator/mod.ts";
import { assertEquals } from "../deps/assert.ts";
import { bySecret, byToken, endpoints } from "../support/command.ts";
import { emulatorTest } from "../support/emulated.ts";
import { mapConcurrently } from "../support/promises.ts";
import type { Run } from "../support/run_cli.ts";
import { runAsApp, runInProcess } from "../support/run_in_process.ts";
import { assertHides } from "../support/secrecy.ts";
import { serve } from "../support/server.ts";
import { tenantFileTest } from "../support/temporary.ts";

const SECRET = "canary~secret/Q+8z=%41";
const TOKEN = `canary.${"Zm9vYmFy-0123456789_".repeat(20)}.end`;
const PASSWORD = "canary-password-4711";
const ASSERTION = "canary.federated-assertion.Zm9vYmFy_9876";
const USER = ["user", "alex@contoso.com", "--verbose", "--max-attempts", "1"];
const FORMATS = ["table", "ndjson", "json", "csv"];

/** Asserts that runs end with these codes and show none of the secrets, on either stream. */
function assertSecret(runs: readonly Run[], codes: readonly number[], secrets: readonly string[]): void {
  assertEquals(runs.map(({ code }) => code), codes);
  for (const [at, { stdout, stderr }] of runs.entries()) assertHides(stdout + stderr, secrets, `run ${at}`);
}

Deno.test(emulatorTest("a secret that the sign-in service refuses or echoes is not shown", async (tenant) => {
  const env = { ...bySecret(tenant), AZURE_CLIENT_SECRET: SECRET };
  const lines = [USER, ["me", "-v"], ["doctor"], ["doctor", "--output", "table"], [
    ...USER,
    "--output",
    "table",
  ]];
  const refused = await mapConcurrently(lines, (args) => runAsApp(tenant, args, { env }));
  assertSecret(refused, [4, 4, 4, 4, 4], [SECRET]);

  await using echo = serve(({ body }) =>
    Response.json({
      error: "invalid_client",
      error_description: `AADSTS7000215: wrong: ${body} ${new URLSearchParams(body).get("client_secret")}`,
      correlation_id: SECRET,
    }, { status: 401 })
  );
  const echoed = await mapConcurrently(
    lines,
    (args) => runAsApp(tenant, args, { env: { ...env, AZURE_AUTHORITY_HOST: echo.url } }),
  );
  assertSecret(echoed, [4, 4, 4, 4, 4], [SECRET]);
  assertEquals(echo.received.length, lines.length);
}));

Deno.test(emulatorTest("a token that Graph refuses, echoes or never answers is not shown", async (tenant) => {
  await using echo = serve(({ headers }) => {
    const token = headers.get("authorization")!;
    const body = { error: { code: token, message: `Bad ${token}`, innerError: { "request-id": token } } };
    const status = token.includes("canary") ? 403 : 401;
    return Response.json(body, { status, headers: { "request-id": token.slice(7) } });
  });
  tenant.fault({ kind: "stall" });
  tenant.fault({ kind: "drop" });
  const env = byToken(tenant, TOKEN);
  const runs = await mapConcurrently(
    [
      ...FORMATS.map((format) =>
        [[...USER, "--output", format], { ...env, GRAPH_ENDPOINT: echo.url }] as const
      ),
      ...[1, 2, 3].map(() => [[...USER, "--timeout", "0.3"], env] as const),
    ] as const,
    ([args, settings]) => runAsApp(tenant, args, { env: settings }),
  );
  assertSecret(runs, runs.map(() => 1), [TOKEN]);
}));

Deno.test(tenantFileTest("the contents of an unusable token file are not shown", async (tenant, folder) => {
  const texts = [`${TOKEN} ${TOKEN}`, `"${TOKEN}`, `{"access_token":"${TOKEN}"} `, `Bearer Bearer ${TOKEN}`];
  const runs = await mapConcurrently(texts.entries().toArray(), async ([at, text]) => {
    await Deno.writeTextFile(`${folder}/${at}`, text);
    return await runAsApp(tenant, [...USER, "--token-file", `${folder}/${at}`]);
  });
  for (const [at, { stdout, stderr }] of runs.entries()) {
    assertHides(stdout + stderr, [TOKEN], texts[at]!.slice(0, 3));
  }
}));

Deno.test(tenantFileTest(
  "a key, its password or an assertion is not shown, whatever is wrong with it",
  async (tenant, folder) => {
    const { certificate, privateKey } = await selfSignedCertificate();
    const keyLines = privateKey.split("\n").filter((line) => /^[A-Za-z0-9+/=]{20,}$/.test(line));
    const damaged = privateKey.replace(keyLines[3]!, keyLines[3]!.toLowerCase());
    const pems = [
      certificate + privateKey, // not registered: refused by the sign-in service
      privateKey,
      certificate + damaged,
      certificate + privateKey.replaceAll("PRIVATE", "ENCRYPTED PRIVATE"),
      certificate + privateKey.replaceAll("PRIVATE", "RSA PRIVATE"),
      certificate + privateKey.replaceAll("-----END", "----END"),
    ];
    await Deno.writeTextFile(`${folder}/assertion`, ASSERTION);
    const app = { ...endpoints(tenant), AZURE_TENANT_ID: tenant.tenantId, AZURE_CLIENT_ID: tenant.clientId };
    const certificates = await mapConcurrently(pems.entries().toArray(), async ([at, pem]) => {
      await Deno.writeTextFile(`${folder}/${at}.pem`, pem);
      const env = { ...app, AZURE_CLIENT_CERTIFICATE_PASSWORD: PASSWORD };
      return await runAsApp(tenant, [...USER, "--certificate", `${folder}/${at}.pem`], { env });
    });
    const env = { ...app, AZURE_CLIENT_SECRET: "", AZURE_FEDERATED_TOKEN_FILE: `${folder}/assertion` };
    const federated = await runAsApp(tenant, USER, { env });
    const secrets = [...keyLines, keyLines[3]!.toLowerCase(), PASSWORD, ASSERTION];
    assertSecret([...certificates, federated], [4, 4, 4, 4, 4, 4, 4], secrets);
  },
));

Deno.test(emulatorTest(
  "a secret in an argument or endpoint is refused without being repeated",
  async (tenant) => {
    const lines = [
      [...USER, `--client-secret=${SECRET}`],
      [...USER, `-ClientSecret:${SECRET}`],
      [...USER, "--client-secret", SECRET],
      [...USER, `--token=${TOKEN}`],
      [...USER, "--token", TOKEN],
      [...USER, `-Password:${PASSWORD}`],
      [...USER, "--password", PASSWORD],
      [...USER, `-Secret=${SECRET}`],
      [...USER, `\u2013Secret:${SECRET}`],
      [...USER, "--graph-endpoint", `https://user:${PASSWORD}@graph.microsoft.com`],
      [...USER, "--graph-endpoint", `http://user:${PASSWORD}@graph.microsoft.com`],
      [...USER, "--authority-host", `ftp://user:${PASSWORD}@login.microsoftonline.com`],
    ];
    const runs = await mapConcurrently(lines, (args) => runAsApp(tenant, args));
    assertSecret(runs, lines.map(() => 2), [SECRET, TOKEN, PASSWORD]);
    assertEquals(tenant.requests.length, 0);
  },
));

Deno.test(tenantFileTest(
  "a report and a backup contain no secret, even if Graph repeats it",
  async (tenant, folder) => {
    const [report, backup] = [`${folder}/run.ndjson`, `${folder}/photos`];
    const token = await tenant.issueToken();
    await using echo = serve(async ({ method, path, headers }) => {
      const sent = headers.get("authorization")!;
      if (method !== "PUT" && path.includes("alex")) {
        return await fetch(tenant.url + path, { method, headers: { authorization: sent } });
      }
      const error = { code: sent, message: `No: ${sent}`, innerError: { "request-id": sent } };
      return Response.json({ error }, { status: 403, headers: { "request-id": sent.slice(7) } });
    });
    const env = { ...byToken(tenant, token), GRAPH_ENDPOINT: echo.url, AZURE_CLIENT_SECRET: SECRET };
    const options = ["--verbose", "--report", report];
    const lines = [
      ["user", "alex@contoso.com", "diego@contoso.com", ...options, "--backup", backup, "--batch-size", "1"],
      ["restore", backup, "--yes", ...options],
      ["doctor", "--verbose"],
      ["completions", "bash"],
    ];
    const runs: Run[] = [];
    for (const args of lines) runs.push(await runInProcess(args, { env }));
    assertSecret(runs, [1, 1, 0, 0], [token, SECRET]);
    const files = [report, `${backup}/manifest.ndjson`].map((path) => Deno.readTextFileSync(path));
    assertEquals(files.map((text) => text.trim().split("\n").length), [3, 1]);
    assertHides(files.join(""), [token, SECRET], "a file");
  },
));
