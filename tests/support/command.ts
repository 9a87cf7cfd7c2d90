import {
  type Emulator,
  type EmulatorOptions,
  sampleDirectory,
  startEmulator,
} from "../../lib/emulator/mod.ts";
import { EXECUTABLE, type Run, runCli, type RunOptions, startCli } from "./run_cli.ts";
import { inTemporaryFolder } from "./temporary.ts";
import { IS_WINDOWS } from "./test.ts";

/** What a test needs that starts the command as a process, and is its Graph. */
export const PROCESS: Deno.PermissionOptionsObject = {
  run: true,
  net: ["127.0.0.1"],
  read: true,
  write: true,
};

export interface ProcessTestOptions extends EmulatorOptions {
  /** How many users the tenant has besides those of the sample directory. Default: none. */
  users?: number;
  /** Whether it is about what Windows does not have. Default: false. */
  posix?: boolean;
  /** Whether it is about Deno's own flags, of which an executable takes none. Default: false. */
  denoFlags?: boolean;
  /** Why it cannot run here, if so. */
  missing?: string;
}

/** A test that starts the command, with a tenant and a folder of its own. */
export function processTest(
  name: string,
  options: ProcessTestOptions,
  run: (tenant: Emulator, folder: string) => Promise<void>,
): Deno.TestDefinition {
  const { users, posix = false, denoFlags = false, missing, ...tenantOptions } = options;
  const directory = users === undefined ? undefined : sampleDirectory({ users });
  const ignore = (posix && IS_WINDOWS) || (denoFlags && EXECUTABLE !== undefined) || missing !== undefined;
  return {
    name: missing ? `${name} (${missing})` : name,
    permissions: PROCESS,
    ignore,
    fn: async () => {
      await using tenant = await startEmulator({ directory, ...tenantOptions });
      await inTemporaryFolder((folder) => run(tenant, folder));
    },
  };
}

export function endpoints(tenant: Emulator): Record<string, string> {
  return { GRAPH_ENDPOINT: tenant.cloud.graph, AZURE_AUTHORITY_HOST: tenant.cloud.authority };
}

export function bySecret(tenant: Emulator): Record<string, string> {
  return {
    ...endpoints(tenant),
    AZURE_TENANT_ID: tenant.tenantId,
    AZURE_CLIENT_ID: tenant.clientId,
    AZURE_CLIENT_SECRET: tenant.clientSecret,
  };
}

export function byToken(tenant: Emulator, token: string): Record<string, string> {
  return { ...endpoints(tenant), GRAPH_ACCESS_TOKEN: token };
}

/** Permissions for everything that a run does with files. */
export const ALL_FLAGS = ["--allow-net", "--allow-env", "--allow-read", "--allow-write"];

/** Runs the command as a process and as the tenant's app, with permission for files. */
export function run(tenant: Emulator, args: readonly string[], options: RunOptions = {}): Promise<Run> {
  return runCli(args, { permissions: ALL_FLAGS, ...options, env: { ...bySecret(tenant), ...options.env } });
}

/** Starts the command like {@linkcode run}. */
export function start(
  tenant: Emulator,
  args: readonly string[],
  options: RunOptions = {},
): Deno.ChildProcess {
  return startCli(args, { permissions: ALL_FLAGS, ...options, env: { ...bySecret(tenant), ...options.env } });
}

/** The requests that a tenant's Graph received, alone or in a batch, as "METHOD path"; without sign-ins. */
export function graphRequests(tenant: Emulator): string[] {
  return tenant.requests
    .filter(({ url, batchItem }) => batchItem || (url.startsWith("/v1.0/") && !url.endsWith("/$batch")))
    .map(({ method, url, batchItem }) => `${method} ${batchItem ? url : url.slice("/v1.0".length)}`);
}

export function outcomes(result: Run): Record<string, unknown> {
  return Object.fromEntries(result.records().map(({ id, outcome }) => [String(id), outcome]));
}

/** Resolves when a tenant's Graph has received so many batches, from now on. */
export function batches(tenant: Emulator, count: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = count;
  const match = () => {
    if (--left === 0) resolve();
    return false;
  };
  tenant.fault({ kind: "stall", on: "batch", match });
  return promise;
}

/** Resolves when a tenant's Graph receives its next request, which is answered as usual. */
export function nextRequest(tenant: Emulator): Promise<void> {
  return new Promise((resolve) => tenant.fault({ kind: "stall", match: () => (resolve(), false) }));
}

/** The words of a command line, as a shell reads one that uses no more than quotes. */
export function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, single, double, plain]) =>
    single ?? double ?? plain!
  );
}
