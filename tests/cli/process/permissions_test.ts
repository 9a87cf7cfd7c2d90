import { type Emulator, startEmulator } from "../../../lib/emulator/mod.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../../deps/assert.ts";
import { runAudited, type Touched } from "../../support/audit.ts";
import { byToken, graphRequests, processTest, run } from "../../support/command.ts";
import { makeCredentials } from "../../support/credential_kinds.ts";
import { mapConcurrently } from "../../support/promises.ts";
import { pageText, quoted, tableRows } from "../../support/readme.ts";
import { runCli } from "../../support/run_cli.ts";
import { inTemporaryFolder } from "../../support/temporary.ts";
import { NO_TERMINAL, startInTerminal } from "../../support/terminal.ts";

type Kind = keyof Awaited<ReturnType<typeof makeCredentials>>;

/** A command line, in which DIR is a folder and ROOT the tenant, and its credential. */
interface Use {
  line: string;
  by: Kind;
}

const use = (line: string, by: Kind = "secret"): Use => ({ line, by });

/** Every command, kind of credential, and option that touches a file, the host or the network. */
const USES: readonly Use[] = [
  use("user alex@contoso.com --what-if --verbose"),
  use("user alex@contoso.com --verify --output csv", "token"),
  use("group 0c000000-0000-4000-8000-000000000001 --what-if --batch-size 1 --output table"),
  use("me --what-if --no-color", "ownToken"),
  use("doctor --output json"),
  use("user - --yes"),
  use("user alex@contoso.com --certificate DIR/app.pem", "app"),
  use("user alex@contoso.com --what-if", "certificate"),
  use("user alex@contoso.com --what-if", "federated"),
  use("user alex@contoso.com --what-if", "github"),
  use("user alex@contoso.com --what-if", "azurePipelines"),
  use("user alex@contoso.com --what-if", "appService"),
  use("user --from DIR/list.csv --column name --yes --quiet"),
  use("restore DIR/kept --yes"),
  use("user megan@contoso.com --backup DIR/photos"),
  use("user --from DIR/list.csv --column name --yes --report DIR/run.ndjson --concurrency 1"),
  use("user --from DIR/list.csv --column name --yes --resume DIR/old.ndjson"),
  use("user alex@contoso.com --token-file DIR/token --graph-endpoint ROOT", "none"),
  use("user alex@contoso.com --cloud emulator", "none"),
  use("me --cloud emulator", "none"),
  use("completions bash", "none"),
  use("user --help", "none"),
  use("--version --verbose", "none"),
];

const SECURITY = await pageText("security");
const FLAG = /^--allow-\w+/;
/** The documentation's table: words of a command line, and the flags that it needs. */
const TABLE = tableRows(SECURITY).map(([words = "", flags = ""]) => ({
  words: quoted(words),
  flags: quoted(flags)[0]?.split(" ").filter((flag) => FLAG.test(flag)) ?? [],
}));
/** The variables that are read, according to the documentation. */
const VARIABLES = quoted(SECURITY.split("and no others:")[1]?.split("\n\n")[0] ?? "");

/** A use in its place: arguments, environment, and the flags of the last row that applies. */
interface Prepared {
  args: string[];
  env: Record<string, string>;
  /** As in the documentation. */
  flags: readonly string[];
  /** Narrowed to what is needed. */
  narrow: string[];
  /** The hosts and paths that it may touch. */
  may: { net: string[]; read: string[]; write: string[] };
}

const WRITERS = ["--backup", "--report", "--resume"];

function prepare({ line, by }: Use, place: Place): Prepared {
  const { tenant, folder, credentials } = place;
  const args = line.replaceAll("DIR", folder).replaceAll("ROOT", tenant.url).split(" ");
  const env: Record<string, string> = credentials[by];
  const words = ` ${[...args, ...Object.keys(env)].join(" ")} `;
  const applies = (word: string) => words.includes(` ${word} `);
  const { flags = [] } = TABLE.findLast((row) => row.words.some(applies)) ?? {};
  const write = args.filter((_, at) => WRITERS.includes(args[at - 1]!));
  const read = [...args, ...Object.values(env)].filter((word) => word.startsWith(`${folder}/`));
  const net = line.includes("emulator") ? ["127.0.0.1"] : [new URL(tenant.url).host];
  const may = { net, read, write };
  const narrower: Record<string, string[]> = { ...may, env: VARIABLES };
  const narrow = flags.map((flag) => `${FLAG.exec(flag)![0]}=${narrower[flag.slice(8).split("=")[0]!]}`);
  return { args, env, flags, narrow, may };
}

interface Place {
  tenant: Emulator;
  folder: string;
  credentials: Awaited<ReturnType<typeof makeCredentials>>;
}

/** Runs with a tenant that grants the least permission, and a folder with what the uses read. */
async function inPlace(run: (place: Place) => Promise<void>): Promise<void> {
  await using tenant = await startEmulator({ permissions: ["ProfilePhoto.ReadWrite.All"] });
  await inTemporaryFolder(async (folder) => {
    const credentials = await makeCredentials(tenant, folder);
    await Deno.writeTextFile(`${folder}/list.csv`, "name;id\ndiego@contoso.com;1\nlee@contoso.com;2\n");
    await Deno.writeTextFile(`${folder}/old.ndjson`, "");
    await runCli(["user", "isaiah@contoso.com", "--backup", `${folder}/kept`], {
      env: credentials.token,
      permissions: ["--allow-all"],
    });
    await run({ tenant, folder, credentials });
  });
}

const isWithin = (path: string, roots: readonly string[]) =>
  roots.some((root) => path === root || path.startsWith(`${root}/`));

/** Returns what was touched without need. */
function beyond({ env, net, read, write, others }: Touched, { may }: Prepared): string[] {
  const isHost = (host: string) => may.net.includes(host) || may.net.includes(host.split(":")[0]!);
  return [
    ...env.filter((name) => !VARIABLES.includes(name)),
    ...net.filter((host) => !isHost(host)),
    ...read.filter((path) => !isWithin(path, may.read)),
    ...write.filter((path) => !isWithin(path, may.write)),
    ...others,
  ];
}

Deno.test(
  "the documentation says which flags and which variables there are",
  { permissions: { read: true } },
  () => {
    assertEquals(
      new Set(TABLE.flatMap(({ flags }) => flags.map((flag) => FLAG.exec(flag)![0]))),
      new Set(["--allow-net", "--allow-env", "--allow-read", "--allow-write"]),
    );
    assert(VARIABLES.length >= 10 && VARIABLES.every((name) => /^[A-Za-z_]+$/.test(name)), VARIABLES.join());
  },
);

Deno.test(processTest(
  "each use needs only its flags, narrowed to its own files, hosts and variables, and touches nothing else",
  { denoFlags: true },
  async () => {
    await inPlace(async (place) => {
      const { tenant } = place;
      const prepared = USES.map((use) => prepare(use, place));
      const runs = await mapConcurrently(
        prepared,
        ({ args, env, narrow }) =>
          runAudited(args, { env, permissions: narrow, mayPrompt: true, stdin: "alex@contoso.com\n" }),
      );
      for (const [at, { code, stderr, touched }] of runs.entries()) {
        assertEquals([code, beyond(touched, prepared[at]!)], [0, []], `${USES[at]!.line}\n${stderr}`);
      }
      const read = new Set(runs.flatMap(({ touched }) => touched.env));
      const seldom = ["GITHUB_ACTIONS", "PROGRAMDATA"]; // in a job that lacks a permission; for Azure Arc on Windows
      const unread = VARIABLES.filter((name) => !read.has(name) && !seldom.includes(name));
      assertEquals(unread, [], "each variable is read by some use");
      const asked = graphRequests(tenant).filter((request) =>
        !/^(GET|DELETE|PUT) \/[^?]*\/photo(\/\$value)?$|^GET \/users\/[^/]*\?\$select=id$/.test(request)
      );
      assertEquals(asked, [], "Graph is asked for photos, and whether who has none exists");
    });
  },
));

Deno.test(
  processTest("a missing flag is named, and nothing is sent or asked", { denoFlags: true }, async () => {
    await inPlace(async (place) => {
      const sent = place.tenant.counts.graph;
      const lines = [
        "user alex@contoso.com --what-if --verbose",
        "user --from",
        "user alex@contoso.com --certificate",
        "restore",
        "user megan",
        "user --from DIR/list.csv --column name --yes --report",
        "user alex@contoso.com --token-file",
        "user alex@contoso.com --cloud",
      ];
      const uses = lines.map((start) => USES.find(({ line }) => line.startsWith(start))!);
      const cases = uses.flatMap((use) => {
        const { args, env, narrow } = prepare(use, place);
        return narrow.map((missing) => ({
          args,
          env,
          missing,
          permissions: narrow.filter((flag) => flag !== missing),
        }));
      });
      const runs = await mapConcurrently(
        cases,
        ({ args, env, permissions }) => runCli(args, { env, permissions, mayPrompt: true }),
      );
      for (const [at, { code, stdout, stderr }] of runs.entries()) {
        const { args, missing } = cases[at]!;
        assert(code === 2 || code === 4 || code === 1, `${args.join(" ")} without ${missing}: ${code}`);
        assertStringIncludes(stdout + stderr, FLAG.exec(missing)![0], args.join(" "));
      }
      assertEquals(place.tenant.counts.graph, sent);
    });
  }),
);
Deno.test(processTest(
  "at a terminal, Deno asks for a missing flag before anything is done, and for no other",
  { denoFlags: true, missing: NO_TERMINAL },
  async () => {
    await inPlace(async ({ tenant, folder, credentials }) => {
      const options = { env: credentials.secret, permissions: TABLE[0]!.flags, mayPrompt: true };
      const permitted = await startInTerminal(["user", "alex@contoso.com"], options).end();
      assertEquals(
        [permitted.code, permitted.screen.includes("Deno requests")],
        [0, false],
        permitted.screen,
      );

      const sent = tenant.counts.graph;
      const terminal = startInTerminal(
        ["user", "diego@contoso.com", "--backup", `${folder}/photos`],
        options,
      );
      await terminal.see("Deno requests write access");
      await terminal.vanish();
      assertEquals([tenant.counts.graph, tenant.directory.hasPhoto("diego@contoso.com")], [sent, true]);
    });
  },
));

/** Uses without a flag that they need, and what is said. */
const MISSING: readonly (readonly [args: string[], permissions: string[], says: RegExp, code: number])[] = [
  [["user", "alex@contoso.com"], ["--allow-net"], /--allow-env/, 4],
  [
    ["user", "alex@contoso.com", "--token-file", "token.txt"],
    ["--allow-net", "--allow-env"],
    /token\.txt[^]*--allow-read/,
    4,
  ],
  [["emulator"], ["--allow-env"], /^error: .*--allow-net/, 2],
  [
    ["user", "alex@contoso.com", "--cloud", "emulator"],
    ["--allow-env", "--allow-net=graph.microsoft.com"],
    /^error: .*--allow-net/,
    2,
  ],
];

Deno.test(processTest("a command without a flag that it needs exits with nothing on standard output", {
  denoFlags: true,
}, async (tenant) => {
  for (const [args, permissions, says, code] of MISSING) {
    const result = await run(tenant, args, { permissions });
    assertEquals([result.code, result.stdout], [code, ""], args.join(" "));
    assertMatch(result.stderr, says);
  }
}));

Deno.test(processTest(
  "a host that Deno may not reach is reported at once, with the flag to add",
  { denoFlags: true },
  async (tenant) => {
    const env = byToken(tenant, await tenant.issueToken());
    const args = ["user", "alex@contoso.com"];
    const { code, records } = await runCli(args, { env, permissions: ["--allow-env"] });
    const { attempts, message } = records()[0]!;
    assertEquals([code, attempts, /--allow-net/.test(String(message))], [1, 1, true]);
  },
));
