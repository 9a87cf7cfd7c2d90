import type { AccessReport } from "./check_access.ts";
import { openAppendLog } from "./host/append_log.ts";
import { refusalOf } from "./host/deno.ts";
import { isWholeLine, readLines } from "./host/files.ts";
import { type PhotoRecord, type PhotoResult, toRecord } from "./result.ts";
import { parseTarget, type Target, targetKey } from "./target.ts";

/** Where a run removes photos, and on whose behalf. */
export interface ReportOrigin {
  /** The tenant's id, or `null` if the token does not tell it. */
  tenantId: string | null;
  /** The userPrincipalName or object id of the signed-in user, or the app's client id; `null` if the token does not tell. */
  by: string | null;
  /** The root URL of the Graph in use. */
  graph: string | null;
}

/** Returns where a run with this access removes photos, and on whose behalf. */
export function originOf(access: AccessReport | undefined): ReportOrigin {
  const { claims, cloud } = access ?? {};
  const by = claims?.kind === "application" ? claims.clientId : claims?.user;
  return {
    tenantId: claims?.tenantId ?? null,
    by: by ?? claims?.objectId ?? null,
    graph: cloud?.graph ?? null,
  };
}

/** A record in a report. */
type ReportRecord = PhotoRecord & { time: string } & ReportOrigin;

/** The longest text in a record, in characters: with each of them escaped, the line can still be read again. */
const LONGEST_TEXT = 10_000;

function shorten(text: string): string {
  const left = text.length - LONGEST_TEXT;
  return left > 0 ? `${text.slice(0, LONGEST_TEXT)}… (${left} more characters)` : text;
}

function toReportRecord(result: PhotoResult, origin: ReportOrigin): ReportRecord {
  const record = { ...toRecord(result), time: new Date().toISOString(), ...origin };
  const fields = Object.entries(record).map(([name, value]) => [
    name,
    typeof value === "string" ? shorten(value) : value,
  ]);
  return Object.fromEntries(fields);
}

/** A file with a record of each result, from which a run can be resumed. Disposing of it closes the file. */
export interface Report extends AsyncDisposable {
  /** Returns whether the last record of this target in the report that was resumed is `removed` or `absent`. */
  isFinished(target: Target): boolean;
  /** Adds a result. The record is on disk when the promise resolves. */
  add(result: PhotoResult): Promise<void>;
}

/**
 * Opens a report: NDJSON, one record a line, with the time, the tenant, the app or user, and Graph's URL. Appends to an
 * existing file. Only its owner can read a new one.
 *
 * @example Write a report, and resume from it
 * ```ts
 * import { checkAccess, openReport, removeProfilePhotos, type Target } from "@graph-admin/remove-profile-photo";
 * import { startEmulator } from "@graph-admin/remove-profile-photo/emulator";
 *
 * await using tenant = await startEmulator(); // a tenant to try it on
 * const connection = { credential: await tenant.issueToken(), cloud: tenant.cloud };
 * const targets: Target[] = [{ user: "alex@contoso.com" }, { user: "lee@contoso.com" }];
 *
 * for (const resume of [false, true]) { // the second run has nothing left to do
 *   await using report = await openReport("run.ndjson", { resume, access: await checkAccess(connection) });
 *   const rest = targets.filter((target) => !report.isFinished(target));
 *   const results = removeProfilePhotos(rest, { ...connection, onResult: report.add });
 *   for await (const { target, outcome } of results) console.log(target, outcome);
 * }
 * await Deno.remove("run.ndjson");
 * ```
 *
 * @param path The file.
 * @param options `resume` (default: false): read the file first, if it exists, so that `isFinished` knows its targets.
 * `access`: what `checkAccess()` returned, for `tenantId`, `by` and `graph` of each record. Default: they are `null`.
 * @throws {TypeError} If it should be resumed and is not a report, or one of another tenant or cloud.
 * @throws If it cannot be opened for writing.
 */
export async function openReport(
  path: string,
  options?: { resume?: boolean; access?: AccessReport },
): Promise<Report> {
  const origin = originOf(options?.access);
  const earlier = options?.resume ? await readReport(path) : undefined;
  if (earlier) checkOrigin(earlier, origin);
  const file = await openReportFile(path);
  return {
    isFinished: earlier?.isFinished ?? (() => false),
    add: (result) => file.add(result, origin),
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  };
}

/** The file of a report. */
export interface ReportFile extends AsyncDisposable {
  /** Adds a result. The record is on disk when the promise resolves. */
  add(result: PhotoResult, origin: ReportOrigin): Promise<void>;
}

/** Opens the file of a report. */
export async function openReportFile(path: string): Promise<ReportFile> {
  const log = await openAppendLog(path);
  return {
    add: (result, origin) => log.append(toReportRecord(result, origin)),
    [Symbol.asyncDispose]: () => log[Symbol.asyncDispose](),
  };
}

/** What a report says of earlier runs. */
export interface EarlierReport {
  /** Whether there is a file. */
  exists: boolean;
  /** Returns whether the last record of a target is `removed` or `absent`. */
  isFinished(target: Target): boolean;
  /** Where these runs removed photos, as far as their records tell. */
  origins: readonly Pick<ReportOrigin, "tenantId" | "graph">[];
}

function toTarget(kind: unknown, id: unknown): Target | undefined {
  try {
    return kind === "me" ? kind : parseTarget({ [String(kind)]: id });
  } catch {
    return undefined; // of a row from which no target could be read
  }
}

/** Returns a line's record: its target if that is valid; `undefined` if it is none. */
function parseRecord(line: string) {
  try {
    const { target, id, outcome, tenantId, graph } = JSON.parse(line);
    if (typeof outcome !== "string") return undefined;
    const text = (value: unknown) => typeof value === "string" ? value : undefined;
    const isDone = outcome === "removed" || outcome === "absent";
    return { target: toTarget(target, id), isDone, tenantId: text(tenantId), graph: text(graph) };
  } catch {
    return undefined;
  }
}

/** Returns whether a line can be what a power cut left of a record. */
const isTorn = (line: string): boolean =>
  /^\0/.test(line) || ('{"target":"'.startsWith(line.slice(0, 11)) && !/\}\s*$/.test(line));

/**
 * Reads a report. Ignores lines that are no records: a power cut can leave one, also as the only line.
 *
 * @throws {TypeError} If the file is something else, to which no record must be added.
 */
export async function readReport(path: string): Promise<EarlierReport> {
  const finished = new Set<string>();
  const origins = new Map<string, EarlierReport["origins"][number]>();
  let exists = true;
  let records = 0;
  let torn = 0;
  let others = 0;
  try {
    for await (const line of readLines(path)) {
      if (line.trim() === "") continue;
      const record = isWholeLine(line) ? parseRecord(line) : undefined;
      if (record) {
        records++;
        const { target, isDone, tenantId = null, graph = null } = record;
        if (target && isDone) finished.add(targetKey(target));
        else if (target) finished.delete(targetKey(target));
        origins.set(`${tenantId} ${graph}`, { tenantId, graph });
      } else if (isTorn(line)) torn++;
      else others++;
    }
  } catch (error) {
    if (refusalOf(error) !== "notFound") throw error;
    exists = false;
  }
  if (records === 0 && (others > 0 || torn > 1)) {
    throw new TypeError("it is not a report, as no line of it is a record");
  }
  return {
    exists,
    isFinished: (target) => finished.has(targetKey(target)),
    origins: [...origins.values()],
  };
}

/**
 * Checks that a run removes photos where the earlier runs of a report did.
 *
 * @throws {TypeError} If it is a report of another tenant or cloud.
 */
export function checkOrigin({ origins }: EarlierReport, { tenantId, graph }: ReportOrigin): void {
  for (const earlier of origins) {
    if (isOther(earlier.graph, graph)) {
      throw new TypeError(`it is a report of ${earlier.graph}, and this run is for ${graph}`);
    }
    if (isOther(earlier.tenantId, tenantId)) {
      throw new TypeError(
        `it is a report of tenant ${earlier.tenantId}, and this run is for tenant ${tenantId}`,
      );
    }
  }
}

/** Returns whether two values are known and different. */
const isOther = (one: string | null, other: string | null): boolean =>
  one !== null && other !== null && one.toLowerCase() !== other.toLowerCase();
