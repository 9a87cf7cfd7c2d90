import denoJson from "../../deno.json" with { type: "json" };
import { CredentialError } from "../errors.ts";
import {
  columns,
  commandLine,
  exit,
  isDumb,
  isTerminal,
  noColor,
  readEnv,
  readEnvIfPermitted,
  refusalOf,
  runtime,
  write,
} from "../host/deno.ts";
import { onInterrupt, openInput, readIgnoredSignals, writeError } from "../host/files.ts";
import { redact } from "../http/redact.ts";
import { type Arguments, parseArguments } from "./arguments.ts";
import { type CommandName, PROGRAM } from "./commands.ts";
import { CommandError, EXIT, UsageError } from "./errors.ts";
import type { Host } from "./host.ts";
import { remove } from "./remove.ts";
import { createPaint, messageText } from "./text.ts";

/** The commands. Only removal is loaded at start; the others are loaded on use. */
const COMMANDS: Readonly<Record<CommandName, (args: Arguments, host: Host) => Promise<number>>> = {
  me: remove,
  user: remove,
  group: remove,
  restore: async (args, host) => (await import("./restore.ts")).restore(args, host),
  find: async (args, host) => (await import("./find.ts")).find(args, host),
  doctor: async (args, host) => (await import("./doctor.ts")).doctor(args, host),
  token: async (args, host) => (await import("./token.ts")).token(args, host),
  emulator: async (args, host) => (await import("./emulator.ts")).emulator(args, host),
  completions: async (args, host) => (await import("./completions.ts")).completions(args, host),
};

async function run(args: Arguments, host: Host): Promise<number> {
  if (args.flags.version) {
    await host.write(`${denoJson.version}${args.flags.verbose ? `\n${runtime()}` : ""}\n`);
    return EXIT.ok;
  }
  if (args.flags.help) {
    const { helpText } = await import("./help.ts");
    await host.write(helpText(args.command, host.columns("stdout")));
    return EXIT.ok;
  }
  if (args.command) return await COMMANDS[args.command](args, host);
  throw new UsageError(
    "Say whose photo to remove: me, user or group",
    `For example: ${PROGRAM} user adele@contoso.com. For all commands: ${PROGRAM} --help`,
  );
}

/** Writes an error for a person, and returns the exit code. */
async function reportError(error: unknown, words: readonly string[], host: Host): Promise<number> {
  if (refusalOf(error) === "brokenPipe") return EXIT.failed;
  const isPlain = host.noColor() || words.some((word) => /^--?no-?color$/i.test(word));
  const paint = createPaint(host.isTerminal("stderr") && !isPlain);
  const isExpected = error instanceof CommandError || error instanceof CredentialError;
  const message = redact(error instanceof Error ? error.message : String(error));
  const advice = error instanceof CredentialError && (await import("./connection.ts")).adviceFor(error);
  const lines = [
    `${paint("red", "error:")} ${messageText(message)}`,
    ...(isExpected
      ? [messageText(advice || (error.hint ?? ""))].filter((line) => line)
      : [`This is a bug in ${PROGRAM} ${denoJson.version} (${runtime()}). Please report it.`]),
  ];
  await host.writeError(lines.join("\n") + "\n");
  if (error instanceof UsageError) return EXIT.usage;
  return error instanceof CredentialError ? EXIT.credential : EXIT.failed;
}

/** Returns a host that wraps messages to the terminal of standard error; a progress line, which begins with CR, fits. */
const wrapMessages = (host: Host): Host => ({
  ...host,
  async writeError(text) {
    const columns = host.columns("stderr");
    const isWide = columns !== undefined && text.length > columns && !text.startsWith("\r");
    await host.writeError(isWide ? (await import("./wrap.ts")).wrapText(text, columns) : text);
  },
});

/** Runs a command line, and returns the exit code. */
export async function dispatch(words: readonly string[], process: Host): Promise<number> {
  const host = process.isTerminal("stderr") ? wrapMessages(process) : process;
  try {
    return await run(await parseArguments(words), host);
  } catch (error) {
    return await reportError(error, words, host);
  }
}

/** The process that this module runs in. */
const PROCESS: Omit<Host, "onInterrupt"> = {
  readEnv,
  readEnvIfPermitted,
  async *readStdin() {
    yield* await openInput("-");
  },
  write: (text) => write("stdout", text),
  writeError,
  isTerminal,
  columns,
  isDumb,
  noColor: () => noColor() || isDumb(),
  openTerminal: async (isStdinFree) => await (await import("../host/terminal.ts")).openTerminal(isStdinFree),
  exit,
};

/** Runs the command line that the process was started with, and ends the process. */
export async function main(): Promise<void> {
  const ignored = readIgnoredSignals();
  const host: Host = {
    ...PROCESS,
    onInterrupt: async (callback) => onInterrupt(callback, await ignored),
  };
  exit(await dispatch(commandLine(), host));
}
