/**
 * What the start of the command costs: a removal in a fresh process against a bare Deno script that sends the same
 * requests to the same emulator. The ratio counts, not the time; exits 1 when it is over the limit.
 */
import { type Emulator, startEmulator } from "../../lib/emulator/mod.ts";
import { environment } from "../support/run_cli.ts";

const RUNS = 31;
const WARM_UPS = 2;
/** The command with a client secret takes less than this times the bare script. */
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

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2;
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

const measured = (await pairs(tenant, `${folder}/app.pem`)).map((pair) => ({
  pair,
  floor: [] as number[],
  command: [] as number[],
}));
for (let run = -WARM_UPS; run < RUNS; run++) {
  for (const { pair, floor, command } of measured) {
    const [bare, ours] = [
      await time(path(`./floor/${pair.floor}.ts`), [], pair, tenant),
      await time(path("../../cli.ts"), ["user", USER], pair, tenant),
    ];
    if (run < 0) continue;
    floor.push(bare);
    command.push(ours);
  }
}
await Deno.remove(folder, { recursive: true });

/** Of the ratios of neighboring runs the median: what slows the machine down for a while slows both. */
function ratioOf({ floor, command }: { floor: readonly number[]; command: readonly number[] }): number {
  return median(command.map((ours, run) => ours / floor[run]!));
}

console.log(`median of ${RUNS} runs     bare script      command    ratio`);
for (const entry of measured) {
  const { pair, floor, command } = entry;
  const times = [median(floor), median(command)].map((ms) => `${ms.toFixed(0)} ms`);
  console.log(
    pair.name.padEnd(20) + times[0]!.padStart(15) + times[1]!.padStart(13) +
      ratioOf(entry).toFixed(2).padStart(9),
  );
}
if (ratioOf(measured[0]!) >= LIMIT) {
  console.error(`A removal with a client secret takes ${LIMIT} times the bare script or more.`);
  Deno.exitCode = 1;
}
