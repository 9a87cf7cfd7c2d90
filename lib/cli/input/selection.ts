import { GraphError } from "../../errors.ts";
import type { RunOptions } from "../../run_targets.ts";
import { type SelectedTarget, type Selection, selectTargets } from "../../selection.ts";
import { toKindAndId } from "../../target.ts";
import type { Arguments } from "../arguments.ts";
import type { Connection } from "../connection.ts";
import { RunError, UsageError } from "../errors.ts";
import type { Host } from "../host.ts";
import type { SharedHost } from "../run.ts";
import { emptyTally } from "../summary.ts";
import { formatCount, formatCountOf, printable } from "../text.ts";
import { isList, isSelection, openTargets, type TargetSource, type TargetSourceOptions } from "./targets.ts";

/**
 * Throws a {@linkcode UsageError} if the options that choose in the directory contradict each other, or other targets
 * are given.
 */
export function checkSelectionOptions(args: Arguments, example?: string): void {
  const { operands, flags, values } = args;
  if (!isSelection(args) && example !== undefined) {
    throw new UsageError("Say which: --filter, --member-of or --all", `For example: ${example}`);
  }
  if (!isSelection(args)) {
    const alone = values.except === undefined ? "limit" : "except";
    throw new UsageError(`--${alone} requires --filter, --member-of or --all`);
  }
  if (flags.all && (values.filter !== undefined || values["member-of"] !== undefined)) {
    throw new UsageError("--all cannot be combined with --filter or --member-of", "Use one of them.");
  }
  if (isList(args) || operands.length > 0) {
    throw new UsageError(
      "Ids cannot be combined with --filter, --member-of or --all",
      "Name the targets, read them from a file, or choose them in the directory.",
    );
  }
}

/** Returns the selection that the options describe. */
export function toSelection(
  args: Arguments,
  kind: Selection["kind"],
  host: Host,
  stopSignal: AbortSignal,
): Selection {
  const { filter, "member-of": memberOf, except, limit } = args.values;
  if (limit !== undefined && !/^[1-9]\d*$/.test(limit)) {
    throw new UsageError("--limit must be a whole number greater than 0");
  }
  return {
    kind,
    filter,
    memberOf,
    all: args.flags.all,
    except: except === undefined ? undefined : readExceptions(args, kind, except, host, stopSignal),
    limit: limit === undefined ? undefined : Number(limit),
  };
}

/** Yields the targets of the file that --except names. */
async function* readExceptions(
  args: Arguments,
  kind: Selection["kind"],
  from: string,
  host: Host,
  stopSignal: AbortSignal,
) {
  const list = { ...args, command: kind, operands: [], values: { from } };
  await using source = await openTargets(list, host, { stopSignal, isCounted: false });
  yield* source.targets;
}

/**
 * Converts what choosing throws to an error that is not called a bug.
 *
 * @throws {UsageError} If Graph does not understand the filter, or the selection is not valid.
 */
export function selectionError(error: unknown): unknown {
  if (error instanceof GraphError) {
    const { code, message, hint, status } = error;
    const options = { cause: error };
    if (status === 400) return new UsageError(message, FILTER_HINT, options);
    return code === "TargetNotFound"
      ? new UsageError(message, hint, options)
      : new RunError(message, hint, options);
  }
  if (error instanceof TypeError || error instanceof RangeError) {
    return new UsageError(error.message, null, { cause: error });
  }
  return error;
}

const FILTER_HINT = "A filter has the syntax of OData, such as: accountEnabled eq false";

/** How many names the question shows. */
const SHOWN = 5;

function describeChoice({ values }: Arguments, kind: string, chosen: readonly SelectedTarget[]): string {
  const by = [
    values.filter === undefined ? "" : `filter ${values.filter}`,
    values["member-of"] === undefined ? "" : `member of ${values["member-of"]}`,
  ].filter(Boolean).join(", ") || "all";
  const names = chosen.slice(0, SHOWN).map(({ target, name }) => name ?? toKindAndId(target).id);
  const more = chosen.length - names.length;
  return printable(
    `${formatCountOf(chosen.length, kind)} (${by}): ${names.join(", ")}${
      more ? ` and ${formatCount(more)} more` : ""
    }`,
  );
}

/**
 * Chooses the targets of a run in the directory.
 *
 * @throws {UsageError} If the selection is not valid, chooses nobody, or more than --limit.
 * @throws {RunError} If Graph refuses, or a page cannot be read.
 */
export async function openSelection(
  args: Arguments,
  host: SharedHost,
  { credential, cloud }: Connection,
  { timeout, retry }: RunOptions,
  { stopSignal, isFinished }: Omit<TargetSourceOptions, "isCounted">,
): Promise<TargetSource> {
  const kind = args.command as Selection["kind"];
  let chosen: SelectedTarget[];
  const progress = args.flags.quiet
    ? undefined
    : await host.showProgress({ tally: emptyTally(), inFlight: new Map(), total: undefined, reading: kind });
  try {
    const selection = toSelection(args, kind, host, stopSignal);
    chosen = await selectTargets(selection, { credential, cloud, timeout, retry, signal: stopSignal });
  } catch (error) {
    if (!stopSignal.aborted) throw selectionError(error);
    chosen = [];
  } finally {
    await progress?.[Symbol.asyncDispose]();
  }
  if (chosen.length === 0 && !stopSignal.aborted) {
    throw new UsageError(
      `The selection chooses no ${kind}`,
      "Nothing was removed. Check the filter or the group.",
    );
  }
  const finished = isFinished ? chosen.filter(({ target }) => isFinished(target)).length : 0;
  const choice = describeChoice(args, kind, chosen);
  let names: Map<string | null, string | null> | undefined;
  return {
    targets: chosen.map(({ target }) => target),
    count: chosen.length,
    finished,
    hasMore: false,
    input: { question: [choice], lines: () => [choice], isIncomplete: () => false, isCutShort: () => false },
    nameOf(id) {
      names ??= new Map(chosen.map(({ target, name }) => [toKindAndId(target).id, name]));
      return names.get(id) ?? null;
    },
    async [Symbol.asyncDispose]() {},
  };
}
