import { type Emulator, sampleDirectory, startEmulator } from "../../lib/emulator/mod.ts";
import { bySecret, byToken, PROCESS, run } from "../support/command.ts";
import { mapConcurrently } from "../support/promises.ts";
import { reportOf } from "../support/reports.ts";
import { userName, writeUsers } from "../support/users.ts";
import { exists } from "../../lib/host/files.ts";
import { assert, assertEquals, assertMatch } from "../deps/assert.ts";
import { commandLine, environment } from "../support/run_cli.ts";
import { fragileProxy } from "../support/fragile_proxy.ts";
import { inTemporaryFolder } from "../support/temporary.ts";
import { NO_TERMINAL, startInTerminal } from "../support/terminal.ts";

/** A fault of a disk or terminal that the command writes to, and how the command ends. */
interface HostRow {
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
  /** Where each target has its record. Default: standard output. */
  recorded?: "report";
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
const REMOVED = "removed ";

const both = (what: string) => ({ lone: what, batch: what });
/** Limits files to so many blocks of 512 bytes, as if the disk were full: writing more is an error. */
const upTo = (blocks: number) => `trap "" XFSZ; ulimit -f ${blocks}; exec "$@"`;
const CUT_SHORT = both("1: removed");
const NOTHING_SENT = both("2:");
const INTERRUPTED = both("130: removed");

/** Every third photo has 40,000 bytes, all others 476. */
const HOST_ROWS: readonly HostRow[] = [
  {
    fault: "report on a device",
    args: "--yes --report /dev/full",
    ...NOTHING_SENT,
    says: /Cannot write the report "\/dev\/full": it is not a plain file/,
  },
  {
    fault: "report on a disk that fills up",
    shell: upTo(4),
    args: "--yes --report DIR/run.ndjson",
    ...both("1: notAttempted, removed"),
    says: /To resume: .*--resume[^]*Cannot write the report ".*run\.ndjson": File too large/,
    resumes: true,
  },
  {
    fault: "report in a read-only folder",
    args: "--yes --report /sys/run.ndjson",
    ...NOTHING_SENT,
    says: /Cannot write the report "\/sys\/run\.ndjson"/,
  },
  {
    fault: "backup in a read-only folder",
    args: "--yes --backup /sys/photos",
    ...NOTHING_SENT,
    says: /Cannot save photos in "\/sys\/photos"/,
  },
  {
    fault: "backup on a disk without room for the larger photos",
    shell: upTo(70),
    args: "--yes --backup DIR/photos",
    ...both("1: failed BackupFailed, removed"),
    says: /BackupFailed/,
  },
  {
    fault: "backup on a disk that fills up with the manifest",
    shell: upTo(16),
    args: "--yes --backup DIR/photos",
    ...both("1: failed BackupFailed, removed"),
    says: /BackupFailed/,
  },
  {
    fault: "standard output on a full disk",
    shell: 'exec "$@" > /dev/full',
    args: "--yes --report DIR/run.ndjson",
    recorded: "report",
    ...CUT_SHORT,
    says:
      / were not begun\nTo resume: .*[^]*Cannot write the records to standard output: No space left on device/,
    resumes: true,
  },
  {
    fault: "standard error on a full disk",
    shell: 'exec "$@" 2> /dev/full',
    args: "--yes --verbose",
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
    vanishes: { at: "[n] no (default)  [?] help: " },
    args: "--report DIR/run.ndjson",
    recorded: "report",
    ...both("130:"),
  },
];

const COUNT = 120;
const LONG_PHOTO = 40_000;
/** The number of the request at which the terminal is closed during a run. */
const IN_THE_MIDDLE = 3;
/** Deno allows writing below /dev and /sys only with all permissions. */
const ALL = ["--allow-all"];

interface Ended {
  code: number;
  /** The records of each target. */
  records: Map<string, Record<string, unknown>[]>;
  stderr: string;
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

async function runInShell(shell: string, args: string[], env: Record<string, string>) {
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", shell, "sh", ...commandLine(args, { permissions: ALL })],
    clearEnv: true,
    env: environment(env),
    stdin: "null",
  }).output();
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** Like an interactive shell, outlives the terminal and passes SIGHUP on to its job. SIGHUP ends the first `wait`. */
const AS_A_JOB = (line: string) => `${line} <&0 & trap "kill -HUP $!" HUP; wait $!; wait $!`;
const IN_ANOTHER_SESSION = (line: string) => `trap "" HUP; setsid -w ${line}`;

/** Runs the command in a terminal that is closed meanwhile, and waits for the command to end. */
async function runUntilGone(
  { vanishes, withoutSignal }: HostRow,
  args: string[],
  tenant: Emulator,
  folder: string,
) {
  await using proxy = await fragileProxy(tenant.url);
  // Responses to requests in flight arrive after the terminal is closed.
  const { promise: holding, resolve } = Promise.withResolvers<() => void>();
  let requests = 0;
  tenant.fault({
    kind: "stall",
    match: () => (++requests === IN_THE_MIDDLE && resolve(proxy.hold()), false),
  });
  const ending = `${folder}/ending`;
  await new Deno.Command("mkfifo", { args: [ending] }).output();
  const code = new Deno.Command("timeout", { args: ["60", "cat", ending] }).output();
  const terminal = startInTerminal(
    args,
    { permissions: ALL, env: { ...byToken(tenant, await tenant.issueToken()), GRAPH_ENDPOINT: proxy.url } },
    (line) => `${(withoutSignal ? IN_ANOTHER_SESSION : AS_A_JOB)(line)}; echo $? > '${ending}'`,
  );
  if (vanishes!.type) {
    await terminal.see("[q] quit  [?] help: ");
    await terminal.type(vanishes!.type);
  }
  await terminal.see(vanishes!.at);
  if (vanishes!.at === REMOVED) await holding;
  await terminal.vanish();
  if (vanishes!.at === REMOVED) (await holding)();
  const exitCode = text((await code).stdout).trim();
  assertMatch(exitCode, /^\d+$/, "the command ends");
  // The signal or the broken terminal, whichever is noticed first, decides between 130 and 1.
  return { code: exitCode === "1" && !withoutSignal ? 130 : Number(exitCode), stdout: "", stderr: "" };
}

const recordsOf = (lines: string) =>
  Map.groupBy(
    lines.split("\n").filter((line) => line).map((line) => JSON.parse(line)),
    ({ id }) => String(id),
  );

async function runRow(
  row: HostRow,
  lane: "lone" | "batch",
  tenant: Emulator,
  folder: string,
): Promise<Ended> {
  const users = await writeUsers(folder, COUNT);
  const more = row.args.replaceAll("DIR", folder).split(" ");
  const args = ["user", "--from", users, "--concurrency", "1", ...more];
  if (lane === "lone") args.push("--batch-size", "1");
  const { code, stdout, stderr } = row.vanishes
    ? await runUntilGone(row, args, tenant, folder)
    : await runInShell(row.shell ?? 'exec "$@"', args, bySecret(tenant));
  const report = `${folder}/run.ndjson`;
  if (row.recorded === undefined || !await exists(report)) {
    return { code, records: recordsOf(stdout), stderr };
  }
  return { code, records: await reportOf(report), stderr };
}

/** Such as "1: failed BackupFailed, removed". */
function summaryOf({ code, records }: Ended): string {
  const kinds = [...records.values()].flat().map(({ outcome, code }) =>
    code ? `${outcome} ${code}` : outcome
  );
  return `${code}: ${[...new Set(kinds)].sort().join(", ")}`.trim();
}

async function check(row: HostRow, lane: "lone" | "batch"): Promise<void> {
  const directory = sampleDirectory({ users: COUNT });
  for (let number = 3; number <= COUNT; number += 3) {
    const photo = directory.photo(userName(number))!.bytes;
    const long = new Uint8Array(LONG_PHOTO);
    long.set(photo);
    directory.setPhoto(userName(number), long);
  }
  await using tenant = await startEmulator({ directory });
  await inTemporaryFolder(async (folder) => {
    const ended = await runRow(row, lane, tenant, folder);
    const { records, stderr } = ended;
    const what = `${row.fault}, ${lane}: ${stderr}`;
    assertEquals(summaryOf(ended), row[lane], what);
    if (row.says) assertMatch(stderr, row.says);
    assert(!stderr.includes("This is a bug"), what);
    assert([...records.values()].every(({ length }) => length === 1), `${what}: none comes out twice`);
    const notBegun = Number(/(\d+) were not begun/.exec(stderr)?.[1] ?? 0);
    const isUnseen = row.vanishes !== undefined && records.size > 0; // how many were not begun
    if (!isUnseen) {
      const count = row[lane].endsWith(":") ? 0 : COUNT;
      assertEquals(records.size + notBegun, count, `${what}: each comes out`);
    }
    for (let number = 1; number <= COUNT; number++) {
      const isRemoved = records.get(userName(number))?.[0]?.outcome === "removed";
      assertEquals(directory.hasPhoto(userName(number)), !isRemoved, `${what}: ${userName(number)}`);
    }
    if (!row.resumes) return;
    const report = `${folder}/run.ndjson`;
    const graph = `"graph":"${tenant.cloud.graph}"`; // which a terminal's run reached by way of a proxy
    const text = await Deno.readTextFile(report);
    await Deno.writeTextFile(report, text.replaceAll(/"graph":"[^"]*"/g, graph));
    const rest = ["user", "--from", `${folder}/users.txt`, "--yes", "--resume", report];
    const resumed = await run(tenant, rest);
    assertEquals(
      [resumed.code, directory.photoCount],
      [0, sampleDirectory({ users: 0 }).photoCount],
      resumed.stderr,
    );
  });
}

const isLinux = Deno.build.os === "linux"; // no other system has these device files

for (const needsTerminal of [false, true]) {
  const what = needsTerminal ? "terminals" : "disks";
  Deno.test(`each fault of ${what} ends as its row says`, {
    permissions: PROCESS,
    ignore: !isLinux || (needsTerminal && NO_TERMINAL !== undefined),
  }, async () => {
    const rows = HOST_ROWS.filter(({ vanishes }) => needsTerminal === (vanishes !== undefined));
    const cells = rows.flatMap((row) => (["lone", "batch"] as const).map((lane) => ({ row, lane })));
    await mapConcurrently(cells, ({ row, lane }) => check(row, lane));
  });
}
