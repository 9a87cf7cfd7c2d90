import { checkAccess } from "../check_access.ts";
import { describeFileError, exists, removeIfEmpty } from "../host/files.ts";
import { checkOrigin, type EarlierReport, openReportFile, originOf } from "../report.ts";
import type { PhotoResult } from "../result.ts";
import type { Connection } from "./connection.ts";
import { RunError, UsageError } from "./errors.ts";
import { quotePath } from "./text.ts";

/** The report of a run. */
export interface RunReport extends AsyncDisposable {
  /**
   * Notes for the records where the run removes photos, and on whose behalf.
   *
   * @throws {UsageError} If the earlier runs removed photos elsewhere.
   */
  identify(connection: Connection, earlier?: EarlierReport): Promise<void>;
  /** Adds a result; throws a {@linkcode RunError} if it cannot be written. */
  add(result: PhotoResult): Promise<void>;
  /** Removes the file if this run created it and nothing has been added. */
  discardIfUnused(): Promise<void>;
}

/**
 * Opens the report of a run.
 *
 * @throws {UsageError} If the file cannot be opened.
 */
export async function openReport(path: string, stopSignal: AbortSignal): Promise<RunReport> {
  const describe = (cause: unknown) =>
    `Cannot write the report ${quotePath(path)}: ${describeFileError(cause, "--allow-read --allow-write")}`;
  const isNew = !await exists(path);
  const file = await openReportFile(path).catch((cause) => {
    throw new UsageError(describe(cause), "The file is created if it does not exist, its folder is not.", {
      cause,
    });
  });
  let origin = originOf(undefined);
  let isUsed = false;
  return {
    async identify({ credential, cloud }, earlier) {
      const access = await checkAccess({ credential, cloud, signal: stopSignal }).catch((error) => {
        if (!stopSignal.aborted) throw error;
      });
      origin = originOf(access ?? undefined);
      if (!earlier) return;
      try {
        checkOrigin(earlier, origin);
      } catch (cause) {
        const message = `Cannot resume ${quotePath(path)}: ${(cause as Error).message}`;
        throw new UsageError(message, "Its targets may not be done here. Use another report.", { cause });
      }
    },
    async add(result) {
      isUsed = true;
      await file.add(result, origin).catch((cause) => {
        const hint = "No further targets were started. " +
          "Photos that were removed but not recorded will be reported as absent on resume.";
        throw new RunError(describe(cause), hint, { cause });
      });
    },
    async discardIfUnused() {
      if (isNew && !isUsed) await removeIfEmpty(path);
    },
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  };
}
