import {
  type Emulator,
  type EmulatorOptions,
  sampleDirectory,
  startEmulator,
} from "../../lib/emulator/mod.ts";
import { LOOPBACK } from "./test.ts";

/** Permission for files in temporary folders, and for the test's own servers. */
export const FILES: Deno.PermissionOptionsObject = { ...LOOPBACK as object, read: true, write: true };

/** Runs with a temporary folder, which is gone afterwards. */
export async function inTemporaryFolder<T>(run: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    return await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

export function fileTest(name: string, run: (folder: string) => void | Promise<void>): Deno.TestDefinition {
  return { name, permissions: FILES, fn: () => inTemporaryFolder(run) };
}

/** A test with a temporary folder and a tenant of its own, with so many `users` besides those of the sample. */
export function tenantFileTest(
  name: string,
  run: (tenant: Emulator, folder: string) => Promise<void>,
  options: EmulatorOptions & { users?: number } = {},
): Deno.TestDefinition {
  return fileTest(name, async (folder) => {
    const { users, ...rest } = options;
    const directory = users === undefined ? undefined : sampleDirectory({ users });
    await using tenant = await startEmulator({ directory, ...rest });
    await run(tenant, folder);
  });
}

export async function jsonLines(path: string): Promise<Record<string, unknown>[]> {
  const text = await Deno.readTextFile(path);
  return text.split("\n").filter((line) => line.trim()).map((line) => JSON.parse(line));
}

/** A file's or folder's permissions, such as 0o600. */
export const modeOf = (path: string): number => Deno.statSync(path).mode! & 0o777;

export const HAS_MODES = Deno.build.os !== "windows";
