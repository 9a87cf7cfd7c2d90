import { openAppendLog } from "./host/append_log.ts";
import { readLines } from "./host/deno.ts";
import { flattenTarget, toRecord } from "./record.ts";
import type { RemovalResult } from "./result.ts";
import type { Target } from "./target.ts";

/** A file with a record of each result, from which a run can be resumed. */
export interface Report extends AsyncDisposable {
  /** Adds a result; it is on disk when the promise resolves. */
  record(result: RemovalResult): Promise<void>;
}

/**
 * Opens a report: NDJSON, one record a line. An existing file is added to; a new one is readable by its owner alone.
 *
 * @example Keep a report, and resume from it
 * ```ts
 * import { finishedTargets, openReport, removeProfilePhotos, type Target } from "@graph-admin/remove-profile-photo";
 * import { startEmulator } from "@graph-admin/remove-profile-photo/emulator";
 *
 * await using tenant = await startEmulator(); // a tenant to try it on
 * const connection = { credential: await tenant.issueToken(), cloud: tenant.cloud };
 * const targets: Target[] = [{ user: "alex@contoso.com" }, { user: "lee@contoso.com" }];
 *
 * await using report = await openReport("run.ndjson");
 * const isFinished = await finishedTargets("run.ndjson");
 * const rest = targets.filter((target) => !isFinished(target));
 * const results = removeProfilePhotos(rest, { ...connection, record: report.record });
 * for await (const { target, outcome } of results) console.log(target, outcome);
 * await Deno.remove("run.ndjson");
 * ```
 *
 * @param path The file.
 * @throws If it cannot be opened for writing.
 */
export async function openReport(path: string): Promise<Report> {
  const log = await openAppendLog(path);
  return {
    record: (result) => log.append(toRecord(result)),
    [Symbol.asyncDispose]: () => log[Symbol.asyncDispose](),
  };
}

/** A userPrincipalName and a GUID have no case. */
function keyOf(target: unknown, id: unknown): string {
  return `${target}:${String(id).toLowerCase()}`;
}

/**
 * Reads a report, and says of a target whether its photo was removed or absent then. A line that is no record is
 * passed over: a power cut can tear the last one.
 *
 * @param path The file.
 * @returns A function that is `true` for a target that is finished.
 * @throws {TypeError} If the file is something else, to which no record must be added.
 * @throws If the file cannot be read.
 */
export async function finishedTargets(path: string): Promise<(target: Target) => boolean> {
  const finished = new Set<string>();
  let records = 0;
  let others = 0;
  for await (const line of readLines(path)) {
    try {
      const { target, id, outcome } = JSON.parse(line);
      if (outcome === "removed" || outcome === "absent") finished.add(keyOf(target, id));
      if (outcome !== undefined) records++;
    } catch {
      others++; // torn
    }
  }
  if (records === 0 && others > 1) throw new TypeError("it is not a report, as no line of it is a record");
  return (given) => {
    const { target, id } = flattenTarget(given);
    return finished.has(keyOf(target, id));
  };
}
