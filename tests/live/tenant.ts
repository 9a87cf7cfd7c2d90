import { sampleDirectory } from "../../lib/emulator/mod.ts";
import { parseErrorBody } from "../../lib/graph/error_body.ts";
import { photoPath } from "../../lib/target.ts";
import { CLOUDS, type EnvironmentCredential, environmentCredential, type Target } from "../../mod.ts";

const variable = (name: string) => Deno.env.get(name) || undefined;

/** The throw-away targets that the environment names. */
export const LIVE = {
  user: variable("LIVE_TEST_USER"),
  group: variable("LIVE_TEST_GROUP"),
  me: variable("LIVE_TEST_ME") !== undefined,
  blockedUser: variable("LIVE_TEST_BLOCKED_USER"),
};

/** Every target whose photo may be taken away for a moment. */
export const LIVE_TARGETS: readonly Target[] = [
  ...LIVE.user ? [{ user: LIVE.user }] : [],
  ...LIVE.group ? [{ group: LIVE.group }] : [],
  ...LIVE.me ? ["me" as const] : [],
];

const graph = (variable("GRAPH_ENDPOINT") ?? CLOUDS.global.graph).replace(/\/$/, "");

const cloud = { graph, authority: variable("AZURE_AUTHORITY_HOST") ?? CLOUDS.global.authority };
let credential: EnvironmentCredential | undefined;

/** Cloud and credential, as the product takes them. */
export const connection = () => ({ cloud, credential: credential ??= environmentCredential() });

/** What Graph answered. */
export interface Said {
  status: number;
  /** The error code as the product reads it, or `null`. */
  code: string | null;
  body: Uint8Array<ArrayBuffer>;
  contentType: string;
}

/** Sends one request to Graph, without the product. */
export async function ask(
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

/** Whether it was done. */
export const isDone = ({ status }: Pick<Said, "status">): boolean => status >= 200 && status < 300;

/** Removes a photo inside a batch; gives the answer to the item, or to the batch where that is refused. */
export async function askInBatch(path: string): Promise<Pick<Said, "status" | "code">> {
  const requests = [{ id: "1", method: "DELETE", url: path }];
  const said = await ask("POST", "/$batch", JSON.stringify({ requests }), "application/json");
  if (!isDone(said)) return said;
  const { responses: [item] } = JSON.parse(new TextDecoder().decode(said.body));
  return { status: item.status, code: isDone(item) ? null : parseErrorBody(item.body).code };
}

/** The path of a target's photo. */
export const valuePath = (target: Target): string => `${photoPath(target)}/$value`;

/** How often Graph is asked again where it lags behind, and how long is waited before, in ms. */
const PATIENCE = { times: 10, pause: 3_000 };

/** Asks until an answer is as it should be, or the patience ends; gives the last one. */
export async function askUntil(isRight: (said: Said) => boolean, send: () => Promise<Said>): Promise<Said> {
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
export async function withPhoto(target: Target, run: () => Promise<void>): Promise<void> {
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
export function note(fact: string): void {
  const { host } = new URL(graph);
  console.log(`- [seen] ${fact} (${host}, ${new Date().toISOString().slice(0, 10)})`);
}

/** An answer in words: "404 `ImageNotFound`". */
export const inWords = ({ status, code }: Pick<Said, "status" | "code">): string =>
  code === null ? String(status) : `${status} \`${code}\``;
