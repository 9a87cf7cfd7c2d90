/**
 * `user --filter` on a directory of 100,000 users of whom 30 % are disabled, with exceptions, a backup and a report:
 * the heap for a list of all of them, the requests to the fewest that it takes, and the time:
 * `deno run --allow-all --v8-flags=--expose-gc tests/bench/selection.ts`. Exit code 1 when a bound is broken or the wrong photos are gone.
 */
import { sampleDirectory, startEmulator } from "../../lib/emulator/mod.ts";
import { selectTargets } from "../../lib/selection.ts";
import { commandLine, environment } from "../support/run_cli.ts";
import { measure } from "./measure.ts";
import { report, SMALL_YOUNG_SPACE } from "./bulk_runs.ts";

const USERS = 100_000;
const KEPT = 100;
const PAGE = 999;
const BATCH = 20;
const CONCURRENCY = 4;
/** In ms. */
const LATENCY = 50;

const directory = sampleDirectory({ users: USERS });
await using tenant = await startEmulator({ directory, recordRequests: false, latency: LATENCY });
const disabled = [...directory.users].filter(({ accountEnabled = true }) => !accountEnabled);
const kept = disabled.slice(-KEPT);
const folder = await Deno.makeTempDir();
await using _ = { [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
await Deno.writeTextFile(
  `${folder}/keep.csv`,
  ["userPrincipalName", ...kept.map(({ userPrincipalName }) => userPrincipalName)].join("\n"),
);

const env = environment({
  GRAPH_ENDPOINT: tenant.url,
  AZURE_AUTHORITY_HOST: tenant.url,
  AZURE_TENANT_ID: tenant.tenantId,
  AZURE_CLIENT_ID: tenant.clientId,
  AZURE_CLIENT_SECRET: tenant.clientSecret,
});
const run = (...args: string[]) =>
  measure(
    commandLine(args, { permissions: ["--allow-all"], denoFlags: [`--v8-flags=${SMALL_YOUNG_SPACE}`] }),
    env,
  );

const connection = { cloud: tenant.cloud, credential: await tenant.issueToken() };
const heap = () => {
  (globalThis as { gc?: () => void }).gc?.();
  return Deno.memoryUsage().heapUsed;
};
await selectTargets({ kind: "group", all: true }, connection); // so that its code is loaded
const heapBefore = heap();
const everybody = await selectTargets({ kind: "user", all: true }, connection);
const heapHeld = heap() - heapBefore;

const before = { ...tenant.counts };
const took = await run(
  ...["user", "--filter", "accountEnabled eq false", "--except", `${folder}/keep.csv`, "--yes"],
  ...["--backup", `${folder}/photos`, "--report", `${folder}/run.ndjson`, "--output", "none"],
);
const requests = tenant.counts.graph - before.graph;
const wrong = [...directory.users].filter(({ userPrincipalName, accountEnabled = true }) => {
  const isChosen = !accountEnabled && !kept.some((user) => user.userPrincipalName === userPrincipalName);
  return directory.hasPhoto(userPrincipalName) === isChosen && userPrincipalName !== "lee@contoso.com";
});
if (wrong.length > 0) {
  throw new Error(`${wrong.length} photos are wrong, such as ${wrong[0]!.userPrincipalName}`);
}

const chosen = disabled.length - kept.length;
const batches = Math.ceil(chosen / BATCH);
const fewest = Math.ceil(disabled.length / PAGE) + kept.length + 2 * batches;
const ideal = 2 * batches / CONCURRENCY * LATENCY;
const mb = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MB`;
Deno.exit(
  report([
      {
        what: `heap for a list of ${everybody.length}, to 40 MB`,
        figure: mb(heapHeld),
        ratio: heapHeld / (40 * 2 ** 20),
        below: 1,
      },
      { what: "requests, to the fewest", figure: `${requests}`, ratio: requests / fewest, below: 1.25 },
      {
        what: "time, to the ideal",
        figure: `${(took.wall / 1000).toFixed(0)} s`,
        ratio: took.wall / ideal,
        below: 1.6,
      },
    ])
    ? 0
    : 1,
);
