import {
  type Emulator,
  type EmulatorOptions,
  sampleDirectory,
  startEmulator,
} from "../../lib/emulator/mod.ts";
import { type Run, runCli, type RunOptions, startCli } from "../support/run_cli.ts";
import { inTemporaryFolder } from "../support/temporary.ts";
import { IS_WINDOWS, test } from "../support/test.ts";
import { bySecret, RUN } from "./support.ts";

/** What a run on files needs. */
export const PERMISSIONS = ["--allow-net", "--allow-env", "--allow-read", "--allow-write"];

/** The photos of a sample directory with so many generated users. */
export const photosOf = (users: number) => sampleDirectory({ users }).photoCount;

/** A test of the command with a folder, against a tenant of its own with generated users; `posix`: not on Windows. */
export function bulkCliTest(
  name: string,
  options: EmulatorOptions & { users?: number; posix?: boolean },
  run: (tenant: Emulator, folder: string) => Promise<void>,
): void {
  const { users = 100, posix = false, ...rest } = options;
  test(name, { ...RUN, read: true, write: true }, async () => {
    await using tenant = await startEmulator({ directory: sampleDirectory({ users }), ...rest });
    await inTemporaryFolder((folder) => run(tenant, folder));
  }, { ignore: posix && IS_WINDOWS });
}

/** Runs the command as the tenant's app, with permission for files. */
export function runBulk(tenant: Emulator, args: readonly string[], options: RunOptions = {}): Promise<Run> {
  return runCli(args, { permissions: PERMISSIONS, ...options, env: { ...bySecret(tenant), ...options.env } });
}

/** Starts the command as the tenant's app, with permission for files. */
export function startBulk(
  tenant: Emulator,
  args: readonly string[],
  options: RunOptions = {},
): Deno.ChildProcess {
  return startCli(args, {
    permissions: PERMISSIONS,
    ...options,
    env: { ...bySecret(tenant), ...options.env },
  });
}

/** The generated users from 1, a line each. */
export function userList(count: number): string {
  return Array.from({ length: count }, (_, at) => `user${String(at + 1).padStart(5, "0")}@contoso.com\n`)
    .join("");
}

/** Writes a file with the generated users from 1, a line each. */
export async function writeUsers(folder: string, count: number): Promise<string> {
  const path = `${folder}/users.txt`;
  await Deno.writeTextFile(path, userList(count));
  return path;
}

/** The records of a report by id; those of the same target in their order. A torn line is passed over. */
export async function reportOf(path: string): Promise<Map<string, Record<string, unknown>[]>> {
  const records = (await Deno.readTextFile(path)).split("\n").flatMap((line) => {
    try {
      return [JSON.parse(line) as Record<string, unknown>];
    } catch {
      return [];
    }
  });
  return Map.groupBy(records, ({ id }) => String(id));
}

/** How often each target of a report is done: removed or absent. */
export async function doneIn(path: string): Promise<Map<string, number>> {
  const done = new Map<string, number>();
  for (const [id, records] of await reportOf(path)) {
    const count = records.filter(({ outcome }) => outcome === "removed" || outcome === "absent").length;
    if (count > 0) done.set(id, count);
  }
  return done;
}

/** Resolves when a tenant's Graph has got so many batches, from now on. */
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
