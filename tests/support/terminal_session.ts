import { startEmulator } from "../../lib/emulator/mod.ts";
import { ALL_FLAGS, bySecret, words } from "./command.ts";
import { inTemporaryFolder } from "./temporary.ts";
import { startInTerminal } from "./terminal.ts";

/** The picture in the README. */
export const PICTURE = new URL("../../docs/terminal.svg", import.meta.url);

/** How wide that terminal is, in characters. */
export const COLUMNS = 92;

/** What is run, and how a question is answered. */
const STEPS: readonly { line: string; answer?: string }[] = [
  { line: 'find user --filter "accountEnabled eq false"' },
  { line: "user --from leavers.csv --backup photos", answer: "y" },
  { line: "restore photos alex@contoso.com" },
];

const LEAVERS = "userPrincipalName\nalex@contoso.com\nmegan@contoso.com\nlee@contoso.com\n";

/** Runs commands in a terminal, with a local tenant. Returns all that it shows. */
export async function recordSession(): Promise<string> {
  await using tenant = await startEmulator();
  const shown: string[] = [];
  await inTemporaryFolder(async (cwd) => {
    await Deno.writeTextFile(`${cwd}/leavers.csv`, LEAVERS);
    for (const { line, answer } of STEPS) {
      const options = { cwd, env: bySecret(tenant), permissions: ALL_FLAGS };
      const terminal = startInTerminal(words(line), options, (run) => `stty cols ${COLUMNS}; ${run}`);
      if (answer) {
        await terminal.see("?");
        await terminal.type(`${answer}\n`);
      }
      const { screen } = await terminal.end();
      shown.push(`$ remove-profile-photo ${line}\n${screen}`);
    }
  });
  return shown.join("\n");
}
