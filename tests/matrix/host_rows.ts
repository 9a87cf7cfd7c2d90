/** A fault of what the command writes to, and how the command ends. */
export interface HostRow {
  /** The fault in words. */
  fault: string;
  /** The line of the shell that starts the command; "$@" stands for it. */
  shell?: string;
  /** When the terminal in which the command runs is taken away: once this is on the screen, after what is typed. */
  vanishes?: { at: string; type?: string };
  /** Whether the command is told that the terminal is gone, beside not being able to use it. */
  untold?: boolean;
  /** Further arguments; DIR stands for a folder. */
  args: string;
  /** What there is one record of for each target. */
  recorded: "stdout" | "report";
  /** The exit code and the outcomes of targets that are removed one by one, … */
  lone: string;
  /** … and in batches. */
  batch: string;
  /** What is said on standard error. */
  says?: RegExp;
  /** Whether a second run with `--resume` and without the fault does the rest. */
  resumes?: true;
}

/** What the table of a terminal shows of a removal. */
export const REMOVED = "removed ";

const both = (what: string) => ({ lone: what, batch: what });
/** A disk that is full at some point: files may have so many blocks of 512 bytes, and writing more is an error. */
const upTo = (blocks: number) => `trap "" XFSZ; ulimit -f ${blocks}; exec "$@"`;
const CUT_SHORT = both("1: notAttempted, removed");
const NOTHING_SENT = both("2:");
const INTERRUPTED = both("130: notAttempted, removed");

/** Every third photo has 40,000 bytes, all others 476. */
export const HOST_ROWS: readonly HostRow[] = [
  {
    fault: "report on a device, which keeps nothing",
    args: "--yes --report /dev/full",
    recorded: "stdout",
    ...NOTHING_SENT,
    says: /Cannot write the report "\/dev\/full": it is not a plain file/,
  },
  {
    fault: "report that meets the end of the disk",
    shell: upTo(4),
    args: "--yes --report DIR/run.ndjson",
    recorded: "stdout",
    ...CUT_SHORT,
    says: /To go on: .*--resume[^]*Cannot write the report ".*run\.ndjson": File too large/,
    resumes: true,
  },
  {
    fault: "report in a folder that cannot be written",
    args: "--yes --report /sys/run.ndjson",
    recorded: "stdout",
    ...NOTHING_SENT,
    says: /Cannot write the report "\/sys\/run\.ndjson"/,
  },
  {
    fault: "backup in a folder that cannot be written",
    args: "--yes --backup /sys/photos",
    recorded: "stdout",
    ...NOTHING_SENT,
    says: /Cannot save photos in "\/sys\/photos"/,
  },
  {
    fault: "backup whose disk has no room for some photos",
    shell: upTo(70),
    args: "--yes --backup DIR/photos",
    recorded: "stdout",
    ...both("1: failed BackupFailed, removed"),
    says: /BackupFailed/,
  },
  {
    fault: "backup whose manifest meets the end of the disk",
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
    fault: "terminal that goes in the middle of the run",
    vanishes: { at: REMOVED },
    args: "--yes --report DIR/run.ndjson",
    recorded: "report",
    ...INTERRUPTED,
    resumes: true,
  },
  {
    fault: "terminal that goes in the middle of the run, unnoticed",
    vanishes: { at: REMOVED },
    untold: true,
    args: "--yes --report DIR/run.ndjson",
    recorded: "report",
    ...CUT_SHORT,
    resumes: true,
  },
  {
    fault: "terminal that goes in the middle of a question",
    vanishes: { at: "Remove the photo of user user00002", type: "y\n" },
    args: "--confirm --report DIR/run.ndjson",
    recorded: "report",
    ...INTERRUPTED,
    resumes: true,
  },
  {
    fault: "terminal that goes in the middle of the question for all",
    vanishes: { at: "[n] no (default): " },
    args: "--report DIR/run.ndjson",
    recorded: "report",
    ...both("130:"),
  },
];
