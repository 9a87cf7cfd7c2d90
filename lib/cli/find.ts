import {
  findProfilePhotos,
  findWithThumbnails,
  type FoundPhoto,
  type FoundThumbnail,
} from "../find_profile_photos.ts";
import { targetKey } from "../target.ts";
import type { Arguments } from "./arguments.ts";
import { PROGRAM } from "./commands.ts";
import { connect } from "./connection.ts";
import { EXIT, UsageError } from "./errors.ts";
import type { Host } from "./host.ts";
import { checkSelectionOptions, selectionError, toSelection } from "./input/selection.ts";
import { createRecordWriter, gatherWrites, outputFormat, type RecordShape, tableWrapper } from "./output.ts";
import type { InFlight } from "./progress.ts";
import { announce, openOutput, runOptions, shareTerminal, stopOnInterrupt } from "./run.ts";
import { emptyTally } from "./summary.ts";
import {
  createPaint,
  formatCount,
  formatCountOf,
  formatDuration,
  messageText,
  type Paint,
  printable,
} from "./text.ts";

/** What was found as one flat record. Fields may be added, never renamed. */
type FoundRecord = Omit<FoundPhoto, "target">;

const COLUMNS: readonly (keyof FoundRecord)[] = [
  "id",
  "userPrincipalName",
  "displayName",
  "photo",
  "width",
  "height",
  "contentType",
  "synced",
  "enabled",
  "code",
  "message",
];

function tableRow(found: FoundRecord, paint: Paint): string {
  const { id, userPrincipalName, displayName, photo, width, height, synced, enabled, code, message } = found;
  const size = width !== null && height !== null ? `${width} × ${height}` : "photo";
  let state = size.padEnd(12);
  if (photo === null) state = paint("red", "unknown".padEnd(12));
  if (photo === false) state = paint("dim", "none".padEnd(12));
  const notes = [enabled === false && "disabled", synced && "synced"].filter((note) => note);
  const name = [userPrincipalName ?? id, displayName].filter((text) => text !== null).join("  ");
  const note = notes.length ? paint("dim", `  (${notes.join(", ")})`) : "";
  const why = code === null ? "" : `    ${messageText(`${code}: ${message}`)}\n`;
  return `${state}  ${printable(name)}${note}\n${why}`;
}

const foundShape = (paint: Paint, wrap: (table: string) => string): RecordShape<FoundRecord> => ({
  columns: COLUMNS,
  tableRow: (record) => wrap(tableRow(record, paint)),
  isFailure: ({ code }) => code !== null,
});

interface Counts {
  withPhoto: number;
  withoutPhoto: number;
  unknown: number;
  synced: number;
}

/** Returns the summary, with what there is to know about photos that come back. */
function summarize({ withPhoto, withoutPhoto, unknown, synced }: Counts, kind: string, ms: number): string {
  const counts = [
    `${formatCount(withPhoto)} with a photo`,
    `${formatCount(withoutPhoto)} without`,
    ...(unknown ? [`${formatCount(unknown)} unknown`] : []),
  ];
  const note = synced
    ? `  ${
      formatCountOf(synced, kind)
    } with a photo synced from on premises: the sync can bring a removed photo back ` +
      "unless thumbnailPhoto is cleared there\n"
    : "";
  return `${counts.join(", ")} in ${formatDuration(ms)}\n${note}`;
}

/** The command find: lists users or groups of the directory, and their photos. */
export async function find(args: Arguments, process: Host): Promise<number> {
  const host = shareTerminal(process);
  const { operands: [kind, ...others], flags } = args;
  if (others.length) {
    throw new UsageError("The command find takes no ids", "It lists what an option chooses.");
  }
  if (kind !== "user" && kind !== "group") {
    throw new UsageError("Say what to find: user or group", `For example: ${PROGRAM} find user --all`);
  }
  if (flags["with-photo"] && flags["without-photo"]) {
    throw new UsageError(
      "--with-photo and --without-photo contradict each other",
      "Use one of them, or none.",
    );
  }
  const { "contact-sheet": sheetPath } = args.values;
  if (sheetPath !== undefined && flags["without-photo"]) {
    throw new UsageError(
      "--contact-sheet and --without-photo contradict each other",
      "A contact sheet shows photos.",
    );
  }
  const selected = { ...args, operands: [] };
  checkSelectionOptions(selected, `${PROGRAM} find ${kind} --all`);
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  const inFlight: InFlight = new Map();
  const tally = emptyTally();
  const isInterrupted = stopOnInterrupt(host, { stop, inFlight });
  const output = openOutput(host, stop);
  const gathered = gatherWrites(output.write);
  const paint = createPaint(host.isTerminal("stdout") && !flags["no-color"] && !host.noColor());
  const shape = foundShape(paint, await tableWrapper(host));
  const records = createRecordWriter(outputFormat(args, host), shape, gathered.write);
  await using sheet = sheetPath === undefined
    ? undefined
    : await (await import("./contact_sheet/contact_sheet.ts")).openContactSheet(sheetPath);
  await using connection = await connect(args, host, stopping.signal).catch((error) => {
    if (error !== stopping.signal.reason) throw error;
    return undefined;
  });
  if (!connection) {
    await isInterrupted();
    return EXIT.interrupted;
  }
  await announce(args, host, connection);
  const { credential, cloud } = connection;
  const { whatIf: _, ...options } = runOptions(args, {
    stopSignal: stopping.signal,
    inFlight,
    tally,
  });
  const counts: Counts = { withPhoto: 0, withoutPhoto: 0, unknown: 0, synced: 0 };
  const start = performance.now();
  let sheetNote = "";
  try {
    const selection = toSelection(selected, kind, host, stopping.signal);
    const findPhotos = sheet ? findWithThumbnails : findProfilePhotos;
    const all: AsyncIterable<FoundThumbnail> = findPhotos(selection, { ...options, credential, cloud });
    await sheet?.begin(connection, { kind, isPlan: false }, stopping.signal);
    await using _progress = flags.quiet
      ? undefined
      : await host.showProgress({ tally, inFlight, total: undefined, reading: kind });
    for await (const found of all) {
      const { target, thumbnail: _thumbnail, ...record } = found;
      inFlight.delete(targetKey(target));
      const { photo } = record;
      if (stopping.signal.aborted && photo === null) continue; // it was not looked at
      await sheet?.addFound(found);
      tally.outcomes.set("found", (tally.outcomes.get("found") ?? 0) + 1);
      counts[photo === null ? "unknown" : photo ? "withPhoto" : "withoutPhoto"]++;
      if (photo && record.synced) counts.synced++;
      if (flags["with-photo"] && photo !== true) continue;
      if (flags["without-photo"] && photo !== false) continue;
      await records.write(record);
    }
    await records.end();
    sheetNote = await sheet?.end(stopping.signal.aborted) ?? "";
  } catch (error) {
    throw selectionError(error);
  } finally {
    await gathered.flush();
  }
  if (!flags.quiet) {
    await host.writeError(summarize(counts, kind, performance.now() - start) + sheetNote);
  }
  if (await isInterrupted()) return EXIT.interrupted;
  output.check();
  return output.isClosed() || counts.unknown > 0 ? EXIT.failed : EXIT.ok;
}
