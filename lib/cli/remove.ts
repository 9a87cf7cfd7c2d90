import {
  type BulkOptions,
  parseTarget,
  type RemovalResult,
  removeProfilePhotos,
  type Target,
} from "../../mod.ts";
import { exit, isTerminal, noColor, onInterrupt, write } from "../host.ts";
import type { Arguments } from "./arguments.ts";
import { askEach } from "./confirm.ts";
import { asUsage, connect, type Connection } from "./connection.ts";
import { EXIT, UsageError } from "./exit_codes.ts";
import type { Format, OptionName } from "./options.ts";
import { recordWriter } from "./output.ts";
import { toRecord } from "./record.ts";
import { makeStyle } from "./style.ts";
import { summarize } from "./summary.ts";

function numberValue({ values }: Arguments, name: OptionName): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new UsageError(`--${name} must be a number: current value is ${JSON.stringify(text)}`);
}

/** The targets that were named, each of which must be right before anything is sent. */
function namedTargets({ command, operands }: Arguments): Target[] {
  if (command === "me") {
    if (operands.length === 0) return ["me"];
    throw new UsageError(
      "The command me takes no ids",
      "To remove another user's photo: remove-profile-photo user ID",
    );
  }
  if (operands.length === 0) {
    throw new UsageError(
      `Say which ${command} to remove the photo of`,
      `See: remove-profile-photo ${command} --help`,
    );
  }
  return operands.map((id) => asUsage(() => parseTarget({ [command!]: id.trim() })));
}

function checkQuestions({ flags }: Arguments): void {
  if (!flags.confirm || flags["what-if"]) return;
  if (flags.yes) throw new UsageError("--confirm and --yes contradict each other", "Give one of them.");
  if (!isTerminal("stdin")) {
    throw new UsageError(
      "--confirm cannot ask as there is no terminal",
      "Use --yes not to be asked, or --what-if to look.",
    );
  }
}

/** The options of a run as the API takes them. */
function bulkOptions(args: Arguments, { credential, cloud }: Connection): BulkOptions {
  const { flags, values } = args;
  const timeout = numberValue(args, "timeout");
  return {
    credential,
    cloud,
    whatIf: flags["what-if"],
    confirm: flags.confirm && !flags["what-if"] ? askEach() : undefined,
    errorAction: values["error-action"] as BulkOptions["errorAction"],
    concurrency: numberValue(args, "concurrency"),
    timeout: timeout === undefined ? undefined : timeout * 1000,
    retry: { maxAttempts: numberValue(args, "max-attempts") },
  };
}

/** Writes a record for each result as it comes, and says what the process exits with. */
async function report(
  results: AsyncIterable<RemovalResult>,
  args: Arguments,
  interrupted: AbortSignal,
): Promise<number> {
  const { flags, values } = args;
  const format = (values.output ?? (isTerminal("stdout") ? "table" : "ndjson")) as Format;
  const color = !flags["no-color"] && !noColor() && isTerminal("stdout");
  const records = recordWriter(
    format,
    makeStyle(color),
    flags.verbose ?? false,
    (text) => write("stdout", text),
  );
  const counts = new Map<string, number>();
  const startedAt = performance.now();
  let needsUser = false;
  for await (const result of results) {
    counts.set(result.outcome, (counts.get(result.outcome) ?? 0) + 1);
    needsUser ||= result.code === "DelegatedTokenRequired";
    await records.write(toRecord(result));
  }
  await records.end();
  if (!flags.quiet) {
    const note = flags["what-if"] ? " (what-if: nothing was changed)" : "";
    await write("stderr", `${summarize(counts, performance.now() - startedAt)}${note}\n`);
  }
  if (interrupted.aborted) return EXIT.interrupted;
  if (needsUser) return EXIT.credential;
  return counts.has("failed") || counts.has("notAttempted") ? EXIT.failed : EXIT.ok;
}

/** The commands me, user and group. */
export async function remove(args: Arguments): Promise<number> {
  const targets = namedTargets(args);
  checkQuestions(args);
  await using connection = await connect(args);
  if (args.flags.verbose) {
    await write("stderr", `${connection.cloud.graph}, credential: ${connection.source}\n`);
  }
  const interrupted = new AbortController();
  const options = { ...bulkOptions(args, connection), stop: interrupted.signal };
  const results = asUsage(() => removeProfilePhotos(targets, options));
  const release = onInterrupt(() => {
    if (interrupted.signal.aborted) exit(EXIT.interrupted);
    interrupted.abort();
  });
  try {
    return await report(results, args, interrupted.signal);
  } finally {
    release();
  }
}
