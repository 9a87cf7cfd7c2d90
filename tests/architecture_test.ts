import type * as bun from "../lib/host/bun.ts";
import type * as deno from "../lib/host/deno.ts";
import { assert, assertEquals } from "./deps/assert.ts";
import { NONE } from "./support/test.ts";

const ROOT = new URL("../", import.meta.url);
const READ: Deno.PermissionOptions = { read: true, run: true };

/** One import of one file: paths are relative to the project, other specifiers as written. */
interface Import {
  from: string;
  to: string;
  /** `type`: erased before anything runs. */
  kind: "static" | "dynamic" | "type";
}

const relative = (url: string) => url.startsWith(ROOT.href) ? url.slice(ROOT.href.length) : url;

/** Every import that an entry leads to, as the runtime itself resolves it. */
async function readImports(entry: string): Promise<Import[]> {
  const { stdout, code } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--no-lock", entry],
    cwd: ROOT,
    stderr: "inherit",
  }).output();
  assertEquals(code, 0);
  const { modules } = JSON.parse(new TextDecoder().decode(stdout));
  // deno-lint-ignore no-explicit-any
  return modules.flatMap(({ specifier, dependencies = [] }: any) =>
    // deno-lint-ignore no-explicit-any
    dependencies.map(({ code, type, isDynamic }: any): Import => ({
      from: relative(specifier),
      to: relative((code ?? type).specifier),
      kind: isDynamic ? "dynamic" : code ? "static" : "type",
    }))
  );
}

/** The scripts of build tasks, and the files that one of them substitutes. */
const BUILDS = ["bundle", "compile", "compile_npm", "package"].map((name) => `lib/build/${name}.ts`);
const BUN_FILES = ["lib/host/bun.ts", "lib/cli/lazy_remove.ts"];
const IMPORTS = (await Promise.all(["cli.ts", "mod.ts", ...BUILDS, ...BUN_FILES].map(readImports))).flat();

/** The project's TypeScript files below some folders. */
function files(...folders: string[]): string[] {
  return folders.flatMap((folder) =>
    [...Deno.readDirSync(new URL(folder, ROOT))].flatMap(({ name, isDirectory }) =>
      isDirectory ? files(`${folder}${name}/`) : name.endsWith(".ts") ? [`${folder}${name}`] : []
    )
  );
}

const source = (path: string) => Deno.readTextFileSync(new URL(path, ROOT));

/** The source without comments and plain strings, which may speak of anything. */
const code = (path: string) =>
  source(path).replaceAll(
    /\/\*[^]*?\*\/|(?<![:"'`])\/\/.*|"(?:\\.|[^"\\\n])*"/g,
    (text) => text[0] === '"' ? '""' : "",
  );

const show = ({ from, to, kind }: Import) => `${from} → ${to} (${kind})`;

/** What mod.ts exports, by file. */
const EXPORTS = new Map(
  [...source("mod.ts").matchAll(/export (?:type )?\{([^}]*)\} from "\.\/([^"]+)"/g)].map((
    [, names, file],
  ) => [file!, names!]).reduce(
    (files, [file, names]) =>
      files.set(file!, [...(files.get(file!) ?? []), ...names!.split(",").map((name) => name.trim())]),
    new Map<string, string[]>(),
  ),
);
const PUBLIC = new RegExp(`^(${[...EXPORTS.keys()].join("|")})$`);

/** What may import what: files that match `from` import nothing but what matches one of the patterns. */
const DIRECTIONS: readonly {
  rule: string;
  from: RegExp;
  may: readonly [to: RegExp, kind?: Import["kind"]][];
}[] = [
  {
    rule: "cli.ts hands over to lib/cli, and does nothing else",
    from: /^cli\.ts$/,
    may: [[/^lib\/cli\/main\.ts$/]],
  },
  {
    rule: "mod.ts re-exports lib, neither the command line nor the emulator nor the host",
    from: /^mod\.ts$/,
    may: [[/^lib\/(?!cli\/|emulator\/|build\/|deps\/|host\/|environment_variables)/]],
  },
  {
    rule: "lib/cli uses the public API, the host, and the emulator only when it is asked for",
    from: /^lib\/cli\//,
    may: [
      [PUBLIC], // which names, a test of its own says
      [/^lib\/auth\/credential_file\.ts$/, "dynamic"], // for --token-file
      [/^lib\/auth\/(credential_value|static_token)\.ts$/], // values are read as the library reads them
      [/^lib\/((host|deps|cli)\/|(environment_variables|is_json_object|printable|describe_value|http\/redact)\.ts$)/],
      [/^deno\.json$/],
      [/^lib\/emulator\/mod\.ts$/, "dynamic"],
      [/^lib\/thumbnails\.ts$/], // for --contact-sheet
    ],
  },
  {
    rule: "the core knows neither the command line nor the emulator",
    from: /^lib\/(?!cli\/|emulator\/|build\/|deps\/|host\/bun)/,
    may: [
      [/^lib\/(?!cli\/|emulator\/|build\/|deps\/)/],
      [/^lib\/deps\/jose_sign\.ts$/, "dynamic"],
      [/^deno\.json$/], // for the version
    ],
  },
  {
    rule: "the emulator is an independent witness: it shares nothing with the core but jose",
    from: /^lib\/emulator\//,
    may: [[/^lib\/emulator\//], [/^lib\/deps\/jose\.ts$/], [/^node:/]],
  },
  {
    rule: "lib/auth knows nothing of photos",
    from: /^lib\/auth\//,
    may: [[/^lib\/(auth|http|deps)\//], [
      /^lib\/(errors|cloud|host\/(deno|files|browser|loopback_server)|environment_variables|base64|describe_value|is_json_object|printable)\.ts$/,
    ], [
      /^node:crypto$/,
      "dynamic",
    ]],
  },
  {
    rule: "lib/http knows of HTTP alone",
    from: /^lib\/http\//,
    may: [[/^lib\/http\//]],
  },
  {
    rule: "lib/build uses the public API, the emulator to try a bundle on, and the list of variables",
    from: /^lib\/build\/(?!deps\/)/,
    may: [
      [/^lib\/build\//],
      [/^mod\.ts$/],
      [/^lib\/(emulator\/mod|deps\/parse_args|environment_variables)\.ts$/],
      [/^node:/],
      [/^deno\.json$/], // for the version
    ],
  },
  {
    rule: "lib/host needs nothing of the rest",
    from: /^lib\/host\/(?!bun)/,
    may: [[/^lib\/host\//], [/^lib\/printable\.ts$/], [/^lib\/environment_variables\.ts$/, "type"]],
  },
  {
    rule: "lib/host/bun.ts uses modules of Node.js, and loads most of them late",
    from: /^lib\/host\/bun\.ts$/,
    may: [
      [/^lib\/(host\/deno|environment_variables)\.ts$/, "type"],
      [/^node:process$/],
      [/^node:/, "dynamic"],
      [/^node:/, "type"],
    ],
  },
  {
    rule: "dependencies from elsewhere are named in lib/deps alone, those of the builds in lib/build/deps",
    from: /^lib\/(build\/)?deps\//,
    may: [[/^npm:/], [/^lib\/deps\/.*\.d\.ts$/]],
  },
];

/** Imports that a rule of their own explains. */
const EXCEPTIONS: readonly string[] = [
  // Unusual forms of a private key are beyond the web platform; loaded when a file holds one.
  "lib/auth/encrypted_key.ts → node:crypto (dynamic)",
  // PKCS#12 is beyond both; loaded when a file needs it.
  "lib/auth/pkcs12.ts → lib/deps/forge.ts (static)",
  // What a person signs in through; loaded for the two ways to do so.
  ...["user_sign_in", "browser_sign_in", "device_code_sign_in"].map((name) =>
    `lib/auth/${name}.ts → lib/deps/oauth4webapi.ts (static)`
  ),
  // A server, only for the answer that a browser brings.
  "lib/host/loopback_server.ts → node:http (dynamic)",
  "lib/host/loopback_server.ts → node:http (type)",
  // fetch() cannot be kept from using a proxy; loaded when there may be one.
  "lib/host/node_fetch.ts → node:http (dynamic)",
  "lib/host/node_fetch.ts → node:stream (dynamic)",
];

for (const { rule, from, may } of DIRECTIONS) {
  Deno.test(rule, NONE, () => {
    const own = IMPORTS.filter((found) => from.test(found.from));
    const wrong = own.filter(({ to, kind }) => !may.some(([ok, as]) => ok.test(to) && (!as || as === kind)));
    assertEquals(wrong.map(show).filter((found) => !EXCEPTIONS.includes(found)), []);
    assert(own.length > 0 || may.length === 0, "the rule is about files that there are");
  });
}

/** What lib/cli uses of the library besides its public names. */
const INTERNAL_NAMES: readonly string[] = [
  ...[
    "EarlierReport",
    "FoundThumbnail",
    "GRAPH_APP_ID",
    "NO_CREDENTIAL_HINT",
    "PhotoRecord",
    "RECORD_FIELDS",
    "ReadEnv",
    "checkOrigin",
    "describeTarget",
    "findEnvironmentCredential",
    "findWithThumbnails",
    "isId",
    "isThrottled",
    "parseEndpoint",
  ],
  ...[
    "openReportFile",
    "originOf",
    "parseTarget",
    "readReport",
    "resolveCloud",
    "shownId",
    "targetKey",
    "toKindAndId",
    "toRecord",
  ],
  "unsupportedKind",
  "unwrapId",
  ...["findAzurePipelinesCredential", "findGithubCredential", "findManagedIdentity"],
];

Deno.test(
  "lib/cli imports public names and a few internal ones, from their own files",
  { permissions: READ },
  () => {
    const imported = files("lib/cli/").flatMap((file) =>
      [
        ...source(file).matchAll(/import (?:type )?\{([^}]*)\} from "([^"]+)"/g),
        ...source(file).matchAll(/const \{([^}]*)\} = [^;]*?await import\("([^"]+)"\)/g),
      ].map(([, names, path]) => ({
        file,
        names: names!.split(",").map((name) => name.trim().replace(/^type /, "")).filter((name) => name),
        from: relative(new URL(path!, new URL(file, ROOT)).href),
      }))
    ).filter(({ from }) => EXPORTS.has(from));
    assert(imported.length > 20);
    const hidden = imported.flatMap(({ file, names, from }) =>
      names.filter((name) => ![...EXPORTS.get(from)!, ...INTERNAL_NAMES].includes(name)).map((name) =>
        `${file}: ${name} of ${from}`
      )
    );
    assertEquals(hidden, []);
  },
);

/** Everything that a file loads before it runs. */
function closure(start: string): string[] {
  const reached = new Set([start]);
  for (const file of reached) {
    IMPORTS.filter(({ from, kind }) => from === file && kind === "static").forEach(({ to }) =>
      reached.add(to)
    );
  }
  return [...reached];
}

Deno.test("a removal starts without jose, the emulator, help, doctor and completions", NONE, () => {
  const loaded = [...closure("cli.ts"), ...closure("lib/cli/remove.ts")];
  assertEquals(
    loaded.filter((file) =>
      /jose|oauth4webapi|node:|lib\/emulator|lib\/cli\/(help|doctor|emulator|completions|contact_sheet)\b/
        .test(file)
    ),
    [],
  );
  assertEquals(closure("mod.ts").filter((file) => /^npm:|^node:/.test(file)), []);
});

Deno.test("no file imports itself by way of others", NONE, () => {
  const cycles = [...new Set(IMPORTS.map(({ from }) => from))].filter((file) =>
    IMPORTS.some(({ from, to, kind }) => from === file && kind === "static" && closure(to).includes(file))
  );
  assertEquals(cycles, []);
});

/** Decisions: what they need to know of the world is handed to them. */
const PURE = [
  ...["target", "cloud", "environment_variables", "permissions", "errors", "base64", "is_json_object"],
  "printable",
  ...["result", "check_options", "describe_value", "backup/manifest", "backup/parse_image"],
  ...["auth/token_claims", "auth/credential_value", "auth/der", "auth/pem"],
].map((name) => `lib/${name}.ts`).concat(
  files("lib/graph/").filter((file) =>
    !/\/(client|dispatcher|read_list|request_with_retries)\.ts$/.test(file)
  ),
  files("lib/http/").filter((file) => /\/(retry\w*|connection_error|redact)\.ts$/.test(file)),
);
const WORLD =
  /\b(fetch|setTimeout|setInterval|console|performance|crypto|localStorage|WebSocket|process|Deno)\b\s*[.(]|\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bawait\b|\bnavigator\b/;

Deno.test(
  "targets, clouds, permissions, requests, answers and retry timing do no I/O",
  { permissions: READ },
  () => {
    assert(PURE.length > 8, PURE.join());
    const impure = PURE.flatMap((file) => [
      ...closure(file).filter((loaded) => loaded !== file && !PURE.includes(loaded)).map((to) =>
        `${file} → ${to}`
      ),
      ...WORLD.exec(code(file)) ? [`${file}: ${WORLD.exec(code(file))![0]}`] : [],
    ]);
    assertEquals(impure, []);
  },
);

/** The type check fails unless both runtimes export the same names, of the same types. */
export type SameExports = [Extending<typeof bun, typeof deno>, Extending<typeof deno, typeof bun>];
type Extending<A extends B, B> = A;

Deno.test(
  "the Deno global appears in lib/host/deno.ts alone, besides the builds",
  { permissions: READ },
  () => {
    const users = [...files("lib/"), "mod.ts", "cli.ts"].filter((file) =>
      !file.startsWith("lib/build/") && /\bDeno\b\s*(\?\.|[.[])/.test(code(file))
    );
    assertEquals(users, ["lib/host/deno.ts"]);
  },
);

Deno.test("npm: and jsr: specifiers stand in the folders deps alone", { permissions: READ }, () => {
  const all = [...files("lib/", "tests/"), "mod.ts", "cli.ts"].filter((file) =>
    !/^(lib|lib\/build|tests)\/deps\//.test(file)
  );
  const named = all.filter((file) => /(\bfrom|\bimport)\s*\(?\s*["'](npm:|jsr:|https?:)/.test(source(file)));
  assertEquals(named, []);
});

Deno.test(
  "deno.lock holds what the product needs, as a first run downloads all of it",
  { permissions: READ },
  () => {
    const needed = files("lib/deps/").flatMap((file) =>
      source(file).match(/(?<=")npm:@?[^@"]+@[^/"]+/g) ?? []
    );
    const locked = Object.keys(JSON.parse(source("deno.lock")).specifiers);
    const why =
      "Undo the change to deno.lock: what tests need is in tests/deno.lock (deno test --lock=tests/deno.lock)";
    assertEquals(locked.toSorted(), [...new Set(needed)].toSorted(), why);
    assertEquals(
      new Set(locked.map((name) => name.replace(/@[^@]*$/, ""))).size,
      locked.length,
      "one version each",
    );
  },
);

Deno.test(
  "every file is in use, snake_case, and has a name that says what is in it",
  { permissions: READ },
  () => {
    const used = new Set([...IMPORTS.flatMap(({ from, to }) => [from, to]), "mod.ts"]);
    const product = files("lib/");
    assertEquals(product.filter((file) => !used.has(file) && !file.endsWith(".d.ts")), []);
    const names = [...product, ...files("tests/")].map((file) => file.split("/").at(-1)!);
    assertEquals(names.filter((name) => !/^[a-z][a-z0-9_]*(\.d)?\.ts$/.test(name)), []);
    assertEquals(names.filter((name) => /(^|_)(utils?|helpers?|common|misc|shared)(_|\.)/.test(name)), []);
  },
);
