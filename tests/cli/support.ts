import { type Emulator, type EmulatorOptions, startEmulator } from "../../lib/emulator/mod.ts";
import { EXECUTABLE, type Run, runCli, type RunOptions } from "../support/run_cli.ts";
import { test } from "../support/test.ts";

/** What a test of the command needs: to start it, and to be its Graph. */
export const RUN: Deno.PermissionOptionsObject = { run: true, net: ["127.0.0.1"] };

/** A test of the command against a tenant of its own. */
export function tenantTest(
  name: string,
  run: (tenant: Emulator) => Promise<void>,
  options: EmulatorOptions = {},
): void {
  test(name, RUN, async () => {
    await using tenant = await startEmulator(options);
    await run(tenant);
  });
}

/** The same, with a folder for files. */
export function folderTest(name: string, run: (tenant: Emulator, folder: string) => Promise<void>): void {
  test(name, { ...RUN, read: true, write: true }, async () => {
    await using tenant = await startEmulator();
    const folder = await Deno.makeTempDir();
    try {
      await run(tenant, folder);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

/** The same, about Deno's own flags and permissions: an executable takes none. */
export function denoFlagsTest(name: string, run: (tenant: Emulator, folder: string) => Promise<void>): void {
  if (!EXECUTABLE) folderTest(name, run);
  else test(`${name} (skipped: an executable takes no flags)`, "none", () => {}, { ignore: true });
}

/** The endpoints of a tenant as environment variables. */
export function endpoints(tenant: Emulator): Record<string, string> {
  return { GRAPH_ENDPOINT: tenant.cloud.graph, AZURE_AUTHORITY_HOST: tenant.cloud.authority };
}

/** The environment of an app with a client secret. */
export function bySecret(tenant: Emulator): Record<string, string> {
  return {
    ...endpoints(tenant),
    AZURE_TENANT_ID: tenant.tenantId,
    AZURE_CLIENT_ID: tenant.clientId,
    AZURE_CLIENT_SECRET: tenant.clientSecret,
  };
}

/** The environment of somebody with a ready-made token. */
export function byToken(tenant: Emulator, token: string): Record<string, string> {
  return { ...endpoints(tenant), GRAPH_ACCESS_TOKEN: token };
}

/** Runs the command as the tenant's app, with its secret. */
export function run(tenant: Emulator, args: readonly string[], options: RunOptions = {}): Promise<Run> {
  return runCli(args, { ...options, env: { ...bySecret(tenant), ...options.env } });
}

/** The requests that a tenant's Graph received, alone or in a batch, as "METHOD path"; sign-in's are left out. */
export function graphRequests(tenant: Emulator): string[] {
  return tenant.requests
    .filter(({ url, batchItem }) => batchItem || (url.startsWith("/v1.0/") && !url.endsWith("/$batch")))
    .map(({ method, url, batchItem }) => `${method} ${batchItem ? url : url.slice("/v1.0".length)}`);
}

/** Does something for each item, four at a time, and keeps the order. */
export async function mapConcurrently<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < items.length; at = next++) results[at] = await work(items[at]!);
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
  return results;
}

/** `outcome` of each record by target id. */
export function outcomes(result: Run): Record<string, unknown> {
  return Object.fromEntries(result.records().map(({ id, outcome }) => [String(id), outcome]));
}
