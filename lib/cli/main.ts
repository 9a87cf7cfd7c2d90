import denoJson from "../../deno.json" with { type: "json" };
import { CredentialError } from "../errors.ts";
import { commandLine, exit, isTerminal, noColor, refusalOf, runtime, write } from "../host/deno.ts";
import { writeError } from "../host/files.ts";
import { type Arguments, parseArguments } from "./arguments.ts";
import type { CommandName } from "./commands.ts";
import { CommandError, EXIT, UsageError } from "./errors.ts";
import { remove } from "./remove.ts";
import { makeStyle, printable } from "./style.ts";

/** What each command does; beside removal, only the one that is asked for is loaded. */
const RUN: Readonly<Record<CommandName, (args: Arguments) => Promise<number>>> = {
  me: remove,
  user: remove,
  group: remove,
  restore: async (args) => (await import("./restore.ts")).restore(args),
  doctor: async (args) => (await import("./doctor.ts")).doctor(args),
  emulator: async (args) => (await import("./emulator.ts")).emulator(args),
  completions: async (args) => (await import("./completions.ts")).completions(args),
};

async function dispatch(args: Arguments): Promise<number> {
  if (args.flags.version) {
    await write("stdout", `${denoJson.version}${args.flags.verbose ? `\n${runtime()}` : ""}\n`);
    return EXIT.ok;
  }
  if (args.flags.help) {
    const { helpText } = await import("./help.ts");
    await write("stdout", helpText(args.command));
    return EXIT.ok;
  }
  if (args.command) return await RUN[args.command](args);
  throw new UsageError(
    "Say whose photo to remove: me, user or group",
    "For example: remove-profile-photo user adele@contoso.com",
  );
}

/** An error as a person reads it, and what the process exits with. */
async function reportError(error: unknown): Promise<number> {
  if (refusalOf(error) === "brokenPipe") return EXIT.failed;
  const plain = noColor() || commandLine().some((argument) => /^--?no-?color$/i.test(argument));
  const style = makeStyle(isTerminal("stderr") && !plain);
  const known = error instanceof CommandError || error instanceof CredentialError;
  const message = error instanceof Error ? error.message : String(error);
  const advice = error instanceof CredentialError && (await import("./connection.ts")).adviceFor(error);
  const lines = [
    `${style.red("error:")} ${printable(message)}`,
    ...(known && error.hint ? [printable(error.hint)] : []),
    ...(advice ? [advice] : []),
    ...(known ? [] : [`This is a fault of the program (${denoJson.version}, ${runtime()}).`]),
  ];
  await writeError(lines.join("\n") + "\n");
  if (error instanceof UsageError) return EXIT.usage;
  return error instanceof CredentialError ? EXIT.credential : EXIT.failed;
}

/** Runs the command line that the process was started with, and ends the process. */
export async function main(): Promise<void> {
  exit(await parseArguments(commandLine()).then(dispatch).catch(reportError));
}
