import { serve, type TestServer } from "./server.ts";

/** An answer that a real Graph was reported to give, and to which requests. */
export interface Answer {
  /** Method and path below the version, such as "GET /users/x@y.com/photo"; a star stands for any id. */
  on: string;
  /** Whose: the part of the id before the `@`. Default: anybody's. */
  of?: readonly string[];
  /** How often at most, for each path. Default: always. */
  times?: number;
  /** Whether it is given only in a batch, or only outside one. Default: both. */
  batched?: boolean;
  status: number;
  headers?: Record<string, unknown>;
  /** JSON; a `Uint8Array` is sent as it is, in a batch as base64. */
  body?: unknown;
  /** A body that is not JSON. */
  text?: string;
}

/** A Graph that gives these answers; to what none fits, as if everybody existed and had a photo. */
export interface AnsweringGraph extends TestServer {
  /** Requests for photos and users, alone or in batches, as `METHOD path`. */
  readonly asked: readonly string[];
}

/** The smallest JPEG that reaches its end. */
export const JPEG = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0, 0xff, 0xda, 0, 2, 1, 2, 3, 0xff, 0xd9);

/** How Graph answers where everything is well. */
function usual(method: string, path: string): Omit<Answer, "on"> {
  if (method !== "GET") return { status: 200 };
  if (path.endsWith("/photo/$value")) {
    return { status: 200, headers: { "content-type": "image/jpeg" }, body: JPEG };
  }
  return path.endsWith("/photo")
    ? {
      status: 200,
      body: { id: "default", width: 648, height: 648, "@odata.mediaContentType": "image/jpeg" },
    }
    : { status: 200, body: { id: "0a000000-0000-4000-8000-0000000000ff" } };
}

const escape = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Starts a Graph that gives these answers; the first that fits counts. */
export function answeringGraph(answers: readonly Answer[]): AnsweringGraph {
  const asked: string[] = [];
  const given = new Map<string, number>();
  const answerTo = (method: string, url: string, batched: boolean): Omit<Answer, "on"> => {
    const [path = ""] = url.split("?");
    asked.push(`${method} ${url}`);
    const fitting = answers.findIndex((answer, index) => {
      const form = new RegExp(`^${escape(answer.on).replaceAll("\\*", "[^/]+")}$`);
      if (!form.test(`${method} ${path}`) || (answer.batched ?? batched) !== batched) return false;
      if (answer.of && !answer.of.some((name) => path.includes(`/${name}@`))) return false;
      const key = `${index} ${path}`;
      const count = (given.get(key) ?? 0) + 1;
      if (count > (answer.times ?? Infinity)) return false;
      given.set(key, count);
      return true;
    });
    return answers[fitting] ?? usual(method, path);
  };
  const server = serve(({ method, path, body }) => {
    const url = path.replace(/^\/v1\.0/, "");
    const whole = url === "/$batch" ? answers.find(({ on }) => on === "POST /$batch") : undefined;
    if (url === "/$batch" && !whole) {
      const responses = JSON.parse(body).requests.map(
        ({ id, method, url }: { id: string; method: string; url: string }) => {
          const { status, headers, body, text } = answerTo(method, url, true);
          return { id, status, headers, body: body instanceof Uint8Array ? body.toBase64() : text ?? body };
        },
      );
      return Response.json({ responses });
    }
    const { status, headers = {}, body: value, text } = whole ?? answerTo(method, url, false);
    const fields = new Headers(Object.entries(headers).map(([name, value]) => [name, String(value)]));
    if (value instanceof Uint8Array) return new Response(new Uint8Array(value), { status, headers: fields });
    if (value !== undefined && value !== null) fields.set("content-type", "application/json");
    const content = text ?? (value === undefined || value === null ? null : JSON.stringify(value));
    return new Response(content, { status, headers: fields });
  });
  return Object.assign(server, { asked });
}
