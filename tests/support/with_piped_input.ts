/** Run in a terminal: `with_piped_input.ts FILE ARGUMENT…` runs the command with a pipe for standard input. */
import { commandLine } from "./run_cli.ts";

const [file, ...args] = Deno.args;
const permissions = ["--allow-net", "--allow-env", "--allow-read=/dev/tty"]; // what it takes to ask
const [program, ...words] = commandLine(args, { permissions });
const child = new Deno.Command(program, { args: words, stdin: "piped" }).spawn();
const writer = child.stdin.getWriter();
await writer.write(await Deno.readFile(file!));
await writer.close();
Deno.exit((await child.status).code);
