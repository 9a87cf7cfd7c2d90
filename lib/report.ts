import { openAppendLog } from "./host/append_log.ts";
import { readLines } from "./host/files.ts";
import { type PhotoResult, toRecord } from "./result.ts";
import { parseTarget, type Target, targetKey } from "./target.ts";

/** A file with a record of each result, from which a run can be resumed. Disposing of it closes the file. */
export interface Report extends AsyncDisposable {
  /** Returns whether the report that was resumed says that this target is `removed` or `absent`. */
  isFinished(target: Target): boolean;
  /** Adds a result. The record is on disk when the promise resolves. */
  add(result: PhotoResult): Promise<void>;
}

/**
 * Opens a report: NDJSON, one record a line. Appends to an existing file. Only its owner can read a new one.
 *
 * @example Write a report, and resume from it
 * ```ts
 * import { openReport, removeProfilePhotos, type Target } from "@graph-admin/remove-profile-photo";
 * import { startEmulator } from "@graph-admin/remove-profile-photo/emulator";
 *
 * await using tenant = await startEmulator(); // a tenant to try it on
 * const connection = { credential: await tenant.issueToken(), cloud: tenant.cloud };
 * const targets: Target[] = [{ user: "alex@contoso.com" }, { user: "lee@contoso.com" }];
 *
 * for (const resume of [false, true]) { // the second run has nothing left to do
 *   await using report = await openReport("run.ndjson", { resume });
 *   const rest = targets.filter((target) => !report.isFinished(target));
 *   const results = removeProfilePhotos(rest, { ...connection, onResult: report.add });
 *   for await (const { target, outcome } of results) console.log(target, outcome);
 * }
 * await Deno.remove("run.ndjson");
 * ```
 *
 * @param path The file.
 * @param options `resume` (default: false): read the existing file first, so that `isFinished` knows its targets.
 * @throws {TypeError} If it should be resumed and is not a report.
 * @throws If it cannot be opened for writing; with `resume`, also if it does not exist.
 */
export async function openReport(path: string, options?: { resume?: boolean }): Promise<Report> {
  const isFinished = options?.resume ? await readFinishedTargets(path) : () => false;
  const log = await openAppendLog(path);
  return {
    isFinished,
    add: (result) => log.append(toRecord(result)),
    [Symbol.asyncDispose]: () => log[Symbol.asyncDispose](),
  };
}

/**
 * Reads a report, and returns a function that tells whether it says of a target that it is `removed` or `absent`.
 * Ignores lines that are no records: a power cut can leave one, also as the only line.
 *
 * @throws {TypeError} If the file is something else, to which no record must be added.
 */
export async function readFinishedTargets(path: string): Promise<(target: Target) => boolean> {
  const finished = new Set<string>();
  let records = 0;
  let others = 0;
  for await (const line of readLines(path)) {
    try {
      const { target, id, outcome } = JSON.parse(line);
      if (outcome !== undefined) records++;
      if (outcome !== "removed" && outcome !== "absent") continue;
      finished.add(targetKey(target === "me" ? target : parseTarget({ [String(target)]: id })));
    } catch {
      others++;
    }
  }
  if (records === 0 && others > 1) throw new TypeError("it is not a report, as no line of it is a record");
  return (target) => finished.has(targetKey(target));
}
