/**
 * What only a real tenant can tell: each open fact about Microsoft Graph is asked for, and printed as a line for the
 * list of facts; and the product must take the answer for what it is. Left out unless the environment names targets:
 *
 * - `LIVE_TEST_USER`: id or userPrincipalName of a throw-away user. The photo is removed and put back several times.
 * - `LIVE_TEST_GROUP`: id of a throw-away group, likewise.
 * - `LIVE_TEST_ME=1`: the signed-in user likewise, where `GRAPH_ACCESS_TOKEN` is a user's.
 * - `LIVE_TEST_BLOCKED_USER`: a user whose photo the tenant's photo update settings do not allow to be changed.
 *
 * Credentials and cloud: `GRAPH_ACCESS_TOKEN` or the `AZURE_` variables, `GRAPH_ENDPOINT`, `AZURE_AUTHORITY_HOST`, as
 * the command has them. The application permission `ProfilePhoto.ReadWrite.All` is enough. Run: `deno task live`.
 *
 * @module
 */
import { sampleDirectory } from "../../lib/emulator/mod.ts";
import { parseErrorBody } from "../../lib/graph/error_body.ts";
import { photoPath } from "../../lib/target.ts";
import { checkAccess, CLOUDS, type EnvironmentCredential, environmentCredential } from "../../mod.ts";
import { GraphError, removeProfilePhoto, removeProfilePhotos, type Target } from "../../mod.ts";
import { assert, assertEquals } from "../deps/assert.ts";

const variable = (name: string) => Deno.env.get(name) || undefined;

/** The throw-away targets that the environment names. */
const LIVE = {
  user: variable("LIVE_TEST_USER"),
  group: variable("LIVE_TEST_GROUP"),
  me: variable("LIVE_TEST_ME") !== undefined,
  blockedUser: variable("LIVE_TEST_BLOCKED_USER"),
};

/** Every target whose photo may be taken away for a moment. */
const LIVE_TARGETS: readonly Target[] = [
  ...LIVE.user ? [{ user: LIVE.user }] : [],
  ...LIVE.group ? [{ group: LIVE.group }] : [],
  ...LIVE.me ? ["me" as const] : [],
];

const graph = (variable("GRAPH_ENDPOINT") ?? CLOUDS.global.graph).replace(/\/$/, "");

const cloud = { graph, authority: variable("AZURE_AUTHORITY_HOST") ?? CLOUDS.global.authority };
let credential: EnvironmentCredential | undefined;

/** Cloud and credential, as the product takes them. */
const connection = () => ({ cloud, credential: credential ??= environmentCredential() });

interface Said {
  status: number;
  /** The error code as the product reads it, or `null`. */
  code: string | null;
  body: Uint8Array<ArrayBuffer>;
  contentType: string;
}

/** Sends one request to Graph, without the product. */
async function ask(
  method: string,
  path: string,
  body?: BodyInit,
  contentType?: string,
): Promise<Said> {
  const { authority } = cloud;
  const got = await connection().credential.getToken(`${graph}/.default`, { authority });
  const authorization = `Bearer ${got?.token}`;
  const response = await fetch(`${graph}/v1.0${path}`, {
    method,
    headers: { authorization, ...(contentType ? { "content-type": contentType } : {}) },
    body,
    redirect: "manual",
    signal: AbortSignal.timeout(60_000),
  });
  const bytes = await response.bytes();
  return {
    status: response.status,
    code: response.ok ? null : parseErrorBody(bytes).code,
    body: bytes,
    contentType: response.headers.get("content-type") ?? "",
  };
}

const isDone = ({ status }: Pick<Said, "status">): boolean => status >= 200 && status < 300;

/** Removes a photo inside a batch; gives the answer to the item, or to the batch where that is refused. */
async function askInBatch(path: string): Promise<Pick<Said, "status" | "code">> {
  const requests = [{ id: "1", method: "DELETE", url: path }];
  const said = await ask("POST", "/$batch", JSON.stringify({ requests }), "application/json");
  if (!isDone(said)) return said;
  const { responses: [item] } = JSON.parse(new TextDecoder().decode(said.body));
  return { status: item.status, code: isDone(item) ? null : parseErrorBody(item.body).code };
}

const valuePath = (target: Target): string => `${photoPath(target)}/$value`;

/** How often Graph is asked again where it lags behind, and how long is waited before, in ms. */
const PATIENCE = { times: 10, pause: 3_000 };

/** Asks until an answer is as it should be, or the patience ends; gives the last one. */
async function askUntil(isRight: (said: Said) => boolean, send: () => Promise<Said>): Promise<Said> {
  let said = await send();
  for (let left = PATIENCE.times; left > 0 && !isRight(said); left--) {
    await new Promise((resolve) => setTimeout(resolve, PATIENCE.pause));
    said = await send();
  }
  return said;
}

/** Puts a photo in place, and waits until Graph shows it. */
async function put(target: Target, bytes: Uint8Array<ArrayBuffer>, contentType: string): Promise<void> {
  const said = await askUntil(isDone, () => ask("PUT", valuePath(target), bytes, contentType));
  if (!isDone(said)) throw new Error(`Graph answered ${said.status} ${said.code} to the upload of a photo`);
  await askUntil(isDone, () => ask("GET", valuePath(target)));
}

/**
 * Runs while a target has a photo: its own, which is kept in a file and put back afterwards, or one for the moment,
 * which is removed afterwards.
 */
async function withPhoto(target: Target, run: () => Promise<void>): Promise<void> {
  const before = await ask("GET", valuePath(target));
  if (!isDone(before) && before.status !== 404) {
    throw new Error(`Graph answered ${before.status} ${before.code} to the question for the photo`);
  }
  const sample = sampleDirectory().photo("alex@contoso.com")!;
  const kept = isDone(before) ? before : undefined;
  const file = kept && await Deno.makeTempFile({ prefix: "live-test-photo-" });
  if (kept && file) {
    await Deno.writeFile(file, kept.body);
    console.log(`# the photo of ${JSON.stringify(target)} is kept in ${file} until it is put back`);
  } else await put(target, new Uint8Array(sample.bytes), sample.contentType);
  try {
    await run();
  } finally {
    if (kept && file) {
      await put(target, kept.body, kept.contentType);
      await Deno.remove(file);
    } else await ask("DELETE", valuePath(target));
  }
}

/** Prints what was found, as a line for the list of facts. */
function note(fact: string): void {
  const { host } = new URL(graph);
  console.log(`- [seen] ${fact} (${host}, ${new Date().toISOString().slice(0, 10)})`);
}

/** An answer in words: "404 `ImageNotFound`". */
const inWords = ({ status, code }: Pick<Said, "status" | "code">): string =>
  code === null ? String(status) : `${status} \`${code}\``;

const whose = (target: Target) => target === "me" ? "me" : "user" in target ? "a user" : "a group";

const ALL: Deno.PermissionOptions = { env: true, net: true, read: true, write: true };

function liveTest(
  name: string,
  targets: readonly Target[],
  run: (target: Target) => Promise<void>,
): Deno.TestDefinition {
  return {
    name: `live: ${name}`,
    permissions: ALL,
    ignore: targets.length === 0,
    fn: async () => {
      for (const target of targets) await run(target);
    },
  };
}

/** How the product takes a removal that fails. */
async function codeOf(target: Target): Promise<string> {
  try {
    return (await removeProfilePhoto(target, connection())).outcome;
  } catch (error) {
    if (error instanceof GraphError) return error.code;
    throw error;
  }
}

Deno.test(liveTest("DELETE of a photo, and where there is none", LIVE_TARGETS, async (target) => {
  await withPhoto(target, async () => {
    const path = valuePath(target);
    const first = await ask("DELETE", path);
    note(`Photo DELETE of ${whose(target)}: ${inWords(first)}`);
    assert(isDone(first), "a photo can be removed");
    const second = await askUntil((said) => !isDone(said), () => ask("DELETE", path));
    note(`No photo, on DELETE of ${whose(target)}: ${inWords(second)}`);
    assertEquals(await codeOf(target), "absent");
  });
}));

Deno.test(liveTest("DELETE of a photo in a batch", LIVE_TARGETS, async (target) => {
  await withPhoto(target, async () => {
    const what = `DELETE of ${whose(target)} inside a batch`;
    const first = await askInBatch(valuePath(target));
    note(`Photo ${what}: item ${inWords(first)}`);
    if (isDone(first)) note(`No photo, on ${what}: item ${inWords(await askInBatch(valuePath(target)))}`);
  });
  await withPhoto(target, async () => {
    const both = [target, { user: crypto.randomUUID() }]; // one alone is not sent in a batch
    const results = await Array.fromAsync(removeProfilePhotos(both, connection()));
    assertEquals(results.map(({ outcome }) => outcome).toSorted(), ["failed", "removed"]);
  });
}));

const users = LIVE.user ? [{ user: LIVE.user }] : [];

Deno.test(liveTest("DELETE of a photo by the quoted form users('…')", users, async (target) => {
  await withPhoto(target, async () => {
    const key = encodeURIComponent(LIVE.user!.replaceAll("'", "''")).replaceAll("%40", "@");
    const quoted = await ask("DELETE", `/users('${key}')/photo/$value`);
    note(`Photo DELETE through \`users('…')\`: ${inWords(quoted)}`);
    assertEquals(await codeOf(target), isDone(quoted) ? "absent" : "removed");
  });
}));

Deno.test(liveTest("DELETE where there is no such user or group", users, async () => {
  const domain = LIVE.user!.split("@")[1] ?? "contoso.com";
  const nobodies: readonly (readonly [string, Target])[] = [
    ["user by object id", { user: crypto.randomUUID() }],
    ["user by userPrincipalName", { user: `nobody-${crypto.randomUUID()}@${domain}` }],
    ["user by a userPrincipalName of another domain", {
      user: `nobody-${crypto.randomUUID()}@example.invalid`,
    }],
    ["group", { group: crypto.randomUUID() }],
  ];
  const taken: string[] = [];
  for (const [what, target] of nobodies) {
    note(`No such ${what}, on photo DELETE: ${inWords(await ask("DELETE", valuePath(target)))}`);
    taken.push(`${what}: ${await codeOf(target)}`);
  }
  assertEquals(taken, nobodies.map(([what]) => `${what}: TargetNotFound`));
}));

Deno.test(liveTest("/me with an app's own token", users, async () => {
  const { claims } = await checkAccess(connection());
  if (claims?.kind !== "application") return console.log("# not asked, as a user is signed in");
  const said = await ask("DELETE", valuePath("me"));
  note(`Photo DELETE of /me with an app's own token: ${inWords(said)}`);
  assertEquals(isDone(said), false);
}));

const blocked = LIVE.blockedUser ? [{ user: LIVE.blockedUser }] : [];

Deno.test(liveTest("DELETE that the photo update settings do not allow", blocked, async (target) => {
  const before = await ask("GET", valuePath(target));
  const said = await ask("DELETE", valuePath(target));
  note(`Photo DELETE that the tenant's \`photoUpdateSettings\` do not allow: ${inWords(said)}`);
  if (isDone(said) && isDone(before)) await ask("PUT", valuePath(target), before.body, before.contentType);
  assertEquals(isDone(said), false, "the settings do not allow it");
  assertEquals(await codeOf(target), "AccessDenied");
}));
