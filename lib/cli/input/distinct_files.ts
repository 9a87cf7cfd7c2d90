import { exists, fileIdentity } from "../../host/files.ts";
import type { Arguments } from "../arguments.ts";
import { UsageError } from "../errors.ts";
import { quotePath } from "../text.ts";
import { isStdinList } from "./targets.ts";

/**
 * Makes sure that what is read and what is written are different files, whatever their paths: a run would read what it
 * writes, without an end. A report may be the one that is resumed.
 *
 * @throws {UsageError} If two are the same.
 */
export async function checkDistinctFiles(args: Arguments): Promise<void> {
  const { from, except, report, resume, backup } = args.values;
  if (report === undefined && resume === undefined && backup === undefined) return;
  const input = isStdinList(args) ? "/dev/stdin" : from;
  const files: readonly (readonly [role: string, path: string | undefined])[] = [
    ["the input", input ?? except],
    ["the report", report ?? resume],
    ["the report to resume", report === undefined ? undefined : resume],
    ["the manifest of the backup", backup && `${backup}/manifest.ndjson`],
  ];
  const known = new Map<string, string>();
  for (const [role, path] of files) {
    // To know a file that does not exist yet, its folder is looked at, which takes a permission of its own.
    if (path === undefined || (backup === undefined && !await exists(path))) continue;
    const identity = await fileIdentity(path);
    if (identity === undefined) continue;
    const other = known.get(identity);
    const isResumed = other === "the report" && role === "the report to resume";
    if (other !== undefined && !isResumed) {
      const name = path === "/dev/stdin" ? "" : ` ${quotePath(path)}`;
      throw new UsageError(`The file${name} cannot be both ${other} and ${role}`, "Give each its own file.");
    }
    known.set(identity, other ?? role);
  }
}
