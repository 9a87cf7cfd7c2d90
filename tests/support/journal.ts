import type { VirtualClock } from "./virtual_clock.ts";

/** A request for one photo, sent by itself or in a batch, and what its answer asks to wait. */
interface Entry {
  photo: string;
  sentAt: number;
  answeredAt: number;
  retryAfter: string | null;
}

/** What was sent when, by a clock. */
export interface Journal {
  /** The global fetch, by which everything is to be sent; time stands still as long as an answer is under way. */
  fetch: typeof fetch;
  /** The waits, in ms, between an answer with `Retry-After` and the next request for its photo. */
  waits(): { asked: number; waited: number }[];
}

/** Hands on a body, and its text when it has come to an end of any kind. */
function overheard(
  body: ReadableStream<Uint8Array>,
  onEnd: (text: string) => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  return new ReadableStream({
    async pull(stream) {
      try {
        const { done, value } = await reader.read();
        if (!done) {
          text += decoder.decode(value, { stream: true });
          return stream.enqueue(value);
        }
        stream.close();
      } catch (error) {
        stream.error(error);
      }
      onEnd(text);
    },
    cancel: (reason) => {
      onEnd(text);
      return reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}

/** The answers of a batch, as far as it is one. */
// deno-lint-ignore no-explicit-any
function answersIn(text: string): any[] {
  try {
    const { responses } = JSON.parse(text);
    return Array.isArray(responses) ? responses : [];
  } catch {
    return [];
  }
}

function asked(retryAfter: string, now: number): number {
  const seconds = retryAfter.split(",").map(Number);
  return seconds.every((number) => number >= 0) ? Math.max(...seconds) * 1000 : Date.parse(retryAfter) - now;
}

/** Keeps a journal of what is sent through its `fetch`. */
export function keepJournal(clock: VirtualClock): Journal {
  const entries: Entry[] = [];

  const journaling: typeof fetch = async (input, init) => {
    const release = clock.hold();
    const sentAt = clock.now();
    const path = new URL(String(input)).pathname;
    const isBatch = path.endsWith("/$batch");
    try {
      const items: { id: string; url: string }[] = isBatch
        ? (await new Response(init?.body).json()).requests
        : [{ id: "", url: path.replace("/v1.0", "") }];
      const response = await fetch(input, init);
      const note = (text: string) => {
        const answers = isBatch && response.status === 200 ? answersIn(text) : [];
        for (const { id, url } of items) {
          const answer = answers.find((answer) => answer?.id === id);
          const retryAfter = answer?.headers?.["Retry-After"] ?? response.headers.get("retry-after");
          entries.push({ photo: url, sentAt, answeredAt: clock.now(), retryAfter });
        }
        release();
      };
      if (!response.body) note("");
      return response.body ? new Response(overheard(response.body, note), response) : response;
    } catch (error) {
      release();
      throw error;
    }
  };

  return {
    fetch: journaling,
    waits: () =>
      entries.flatMap(({ photo, answeredAt, retryAfter }, at) => {
        const next = entries.slice(at + 1).find((entry) => entry.photo === photo);
        const wait = retryAfter === null ? NaN : asked(retryAfter, answeredAt);
        return next && wait >= 0 ? [{ asked: wait, waited: next.sentAt - answeredAt }] : [];
      }),
  };
}
