/** A fault of a disk or terminal that the command writes to, and how the command ends. */
export interface HostRow {
  /** The fault in words. */
  fault: string;
  /** The shell line that starts the command, which is "$@" in it. */
  shell?: string;
  /** The command runs in a terminal, which is closed once `at` is on the screen, after `type` was typed. */
  vanishes?: { at: string; type?: string };
  /** Whether the command gets no SIGHUP when the terminal is closed. */
  withoutSignal?: boolean;
  /** Further arguments. DIR stands for a folder. */
  args: string;
  /** Where each target has its record. */
  recorded: "stdout" | "report";
  /** The exit code and the outcomes with a request for each target, … */
  lone: string;
  /** … and in batches. */
  batch: string;
  /** What standard error contains. */
  says?: RegExp;
  /** Whether a second run, with `--resume` and without the fault, removes the rest. */
  resumes?: true;
}

/** The beginning of a removal's row in the table on a terminal. */
export const REMOVED = "removed ";

const both = (what: string) => ({ lone: what, batch: what });
/** Limits files to so many blocks of 512 bytes, as if the disk were full: writing more is an error. */
const upTo = (blocks: number) => `trap "" XFSZ; ulimit -f ${blocks}; exec "$@"`;
const CUT_SHORT = both("1: notAttempted, removed");
const NOTHING_SENT = both("2:");
const INTERRUPTED = both("130: notAttempted, removed");

/** Every third photo has 40,000 bytes, all others 476. */
export const HOST_ROWS: readonly HostRow[] = [
  {
    fault: "report on a device",
    args: "--yes --report /dev/full",
    recorded: "stdout",
    ...NOTHING_SENT,
    says: /Cannot write the report "\/dev\/full": it is not a plain file/,
  },
  {
    fault: "report on a disk that fills up",
    shell: upTo(4),
    args: "--yes --report DIR/run.ndjson",
    recorded: "stdout",
    ...CUT_SHORT,
    says: /To resume: .*--resume[^]*Cannot write the report ".*run\.ndjson": File too large/,
    resumes: true,
  },
  {
    fault: "report in a read-only folder",
    args: "--yes --report /sys/run.ndjson",
    recorded: "stdout",
    ...NOTHING_SENT,
    says: /Cannot write the report "\/sys\/run\.ndjson"/,
  },
  {
    fault: "backup in a read-only folder",
    args: "--yes --backup /sys/photos",
    recorded: "stdout",
    ...NOTHING_SENT,
    says: /Cannot save photos in "\/sys\/photos"/,
  },
  {
    fault: "backup on a disk without room for the larger photos",
    shell: upTo(70),
    args: "--yes --backup DIR/photos",
    recorded: "stdout",
    ...both("1: failed BackupFailed, removed"),
    says: /BackupFailed/,
  },
  {
    fault: "backup on a disk that fills up with the manifest",
    shell: upTo(16),
    args: "--yes --backup DIR/photos",
    recorded: "stdout",
    ...both("1: failed BackupFailed, removed"),
    says: /BackupFailed/,
  },
  {
    fault: "standard output on a full disk",
    shell: 'exec "$@" > /dev/full',
    args: "--yes --report DIR/run.ndjson",
    recorded: "report",
    ...CUT_SHORT,
    says: /Cannot write the records to standard output: No space left on device/,
    resumes: true,
  },
  {
    fault: "standard error on a full disk",
    shell: 'exec "$@" 2> /dev/full',
    args: "--yes --verbose",
    recorded: "stdout",
    ...both("0: removed"),
  },
  {
    fault: "terminal that is closed during the run",
    vanishes: { at: REMOVED },
    args: "--yes --report DIR/run.ndjson",
    recorded: "report",
    ...INTERRUPTED,
    resumes: true,
  },
  {
    fault: "terminal that is closed during the run, without SIGHUP",
    vanishes: { at: REMOVED },
    withoutSignal: true,
    args: "--yes --report DIR/run.ndjson",
    recorded: "report",
    ...CUT_SHORT,
    resumes: true,
  },
  {
    fault: "terminal that is closed while a question is open",
    vanishes: { at: "Remove the photo of user user00002", type: "y\n" },
    args: "--confirm --report DIR/run.ndjson",
    recorded: "report",
    ...INTERRUPTED,
    resumes: true,
  },
  {
    fault: "terminal that is closed while the question for all is open",
    vanishes: { at: "[n] no (default): " },
    args: "--report DIR/run.ndjson",
    recorded: "report",
    ...both("130:"),
  },
];
