/**
 * What the start of the command costs: a removal in a fresh process, from the bundle and from the source, against a
 * bare Deno script that sends the same requests to the same emulator. The ratio counts, not the time; exits 1 when
 * either is over the limit.
 */
import { type Emulator, startEmulator } from "../../lib/emulator/mod.ts";
import { runDeno } from "../../lib/build/build.ts";
import { environment } from "../support/run_cli.ts";
import { median, ratioOf } from "./ratio.ts";

const RUNS = 31;
const WARM_UPS = 2;
/** A removal with a client secret takes less than this times the bare script. */
const LIMIT = 1.6;
const USER = "alex@contoso.com";

interface Pair {
  name: string;
  floor: string;
  env: Record<string, string>;
  permissions: string[];
}

const path = (relative: string) => new URL(relative, import.meta.url).pathname;

/** The time of one run as a fresh process, in ms. */
async function time(
  script: string,
  args: string[],
  { env, permissions }: Pair,
  tenant: Emulator,
): Promise<number> {
  tenant.directory.setPhoto(USER, tenant.directory.photo("adele@contoso.com")!.bytes);
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", ...permissions, script, ...args],
    clearEnv: true, // a credential of whoever measures would be used
    env: environment({ ...env, DENO_NO_UPDATE_CHECK: "1" }),
    stdin: "null",
  });
  const startedAt = performance.now();
  const { stdout, stderr } = await command.output();
  const took = performance.now() - startedAt;
  const [text, problems] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (!text!.includes('"removed"')) throw new Error(`${script} did not remove the photo: ${text}${problems}`);
  return took;
}

async function pairs(tenant: Emulator, certificatePath: string): Promise<Pair[]> {
  const graph = { GRAPH_ENDPOINT: tenant.cloud.graph };
  const app = {
    ...graph,
    AZURE_AUTHORITY_HOST: tenant.cloud.authority,
    AZURE_TENANT_ID: tenant.tenantId,
    AZURE_CLIENT_ID: tenant.clientId,
  };
  const permissions = ["--allow-net", "--allow-env"];
  return [
    {
      name: "client secret",
      floor: "secret",
      env: { ...app, AZURE_CLIENT_SECRET: tenant.clientSecret },
      permissions,
    },
    {
      name: "ready-made token",
      floor: "token",
      env: { ...graph, GRAPH_ACCESS_TOKEN: await tenant.issueToken() },
      permissions,
    },
    {
      name: "certificate",
      floor: "certificate",
      env: { ...app, AZURE_CLIENT_CERTIFICATE_PATH: certificatePath },
      permissions: [...permissions, "--allow-read"],
    },
  ];
}

await using tenant = await startEmulator();
const folder = await Deno.makeTempDir();
await Deno.writeTextFile(`${folder}/app.pem`, await tenant.certificate());

await runDeno("task", "--quiet", "bundle", `--outdir=${folder}`);

const measured = (await pairs(tenant, `${folder}/app.pem`)).map((pair) => ({
  pair,
  floor: [] as number[],
  bundle: [] as number[],
  source: [] as number[],
}));
for (let run = -WARM_UPS; run < RUNS; run++) {
  for (const { pair, floor, bundle, source } of measured) {
    const args = ["user", USER];
    const took = {
      floor: await time(path(`./floor/${pair.floor}.ts`), [], pair, tenant),
      bundle: await time(`${folder}/remove-profile-photo.js`, args, pair, tenant),
      source: await time(path("../../cli.ts"), args, pair, tenant),
    };
    if (run < 0) continue;
    floor.push(took.floor);
    bundle.push(took.bundle);
    source.push(took.source);
  }
}
await Deno.remove(folder, { recursive: true });

console.log(`median of ${RUNS} runs     bare script         bundle  ratio         source  ratio`);
for (const { pair, floor, bundle, source } of measured) {
  const columns = [bundle, source].map((ours) =>
    `${median(ours).toFixed(0)} ms`.padStart(15) + ratioOf(ours, floor).toFixed(2).padStart(7)
  );
  console.log(pair.name.padEnd(20) + `${median(floor).toFixed(0)} ms`.padStart(15) + columns.join(""));
}
for (const what of ["bundle", "source"] as const) {
  const { [what]: ours, floor } = measured[0]!;
  if (ratioOf(ours, floor) < LIMIT) continue;
  console.error(
    `From the ${what}, a removal with a client secret takes ${LIMIT} times the bare script or more.`,
  );
  Deno.exitCode = 1;
}
