/**
 * The real command against the emulator, a story in ten seconds. Each step states the exit code that it expects,
 * and the demo fails when one differs.
 */
import { startEmulator } from "../lib/emulator/mod.ts";
import { runCli } from "./support/run_cli.ts";

const GROUP = "0c000000-0000-4000-8000-000000000001";
const GUEST = "pradeep_fabrikam.com#EXT#@contoso.onmicrosoft.com";

const STEPS: readonly { title: string; args: readonly string[]; exit: number }[] = [
  { title: "Who am I, and what may I do?", args: ["doctor"], exit: 0 },
  {
    title: "Look first: nothing is changed",
    args: ["user", "alex@contoso.com", GUEST, "--what-if"],
    exit: 0,
  },
  {
    title: "Remove the photos of a user, a guest, a group",
    args: ["user", "alex@contoso.com", GUEST],
    exit: 0,
  },
  { title: "", args: ["group", GROUP], exit: 0 },
  { title: "A user who has no photo is no failure", args: ["user", "lee@contoso.com"], exit: 0 },
  { title: "A typing error is one", args: ["user", "alec@contoso.com"], exit: 1 },
  { title: "Repeating is safe", args: ["user", "alex@contoso.com"], exit: 0 },
  {
    title: "Choose in the directory, and save each photo before it is removed",
    args: ["user", "--filter", "accountEnabled eq false", "--yes", "--backup", "photos"],
    exit: 0,
  },
  { title: "Undo", args: ["restore", "photos", "--yes"], exit: 0 },
];

const folder = await Deno.makeTempDir();
using _ = { [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }) };
const quote = (word: string) => /[#$' ]/.test(word) ? `'${word}'` : word;

await using tenant = await startEmulator();
const env = {
  GRAPH_ENDPOINT: tenant.cloud.graph,
  AZURE_AUTHORITY_HOST: tenant.cloud.authority,
  AZURE_TENANT_ID: tenant.tenantId,
  AZURE_CLIENT_ID: tenant.clientId,
  AZURE_CLIENT_SECRET: tenant.clientSecret,
};
let unexpected = 0;
for (const { title, args, exit } of STEPS) {
  if (title) console.log(`\n# ${title}`);
  console.log(`$ remove-profile-photo ${args.map(quote).join(" ")}`);
  const { code, stdout, stderr } = await runCli(
    [...args.map((word) => word === "photos" ? `${folder}/photos` : word), "--output", "table"],
    { env, permissions: ["--allow-net", "--allow-env", "--allow-read", "--allow-write"] },
  );
  console.log((stdout + stderr).replaceAll(`${folder}/`, "").trimEnd());
  if (code === exit) continue;
  unexpected++;
  console.log(`exit code ${code}, expected ${exit}`);
}
console.log(
  `\nThis was the real command against a local emulator of Microsoft Graph, ${tenant.url}. No account was used.`,
);
Deno.exitCode = unexpected ? 1 : 0;
