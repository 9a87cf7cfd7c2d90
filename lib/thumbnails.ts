import { parsePhoto, type Photo } from "./backup/parse_photo.ts";
import type { GraphClient } from "./graph/client.ts";
import { jsonOf } from "./graph/interpret_reply.ts";
import { type GraphRequest, photoRequests } from "./graph/photo_requests.ts";
import type { GraphOutcome, Transport } from "./graph/request_with_retries.ts";
import { parseGiven } from "./remove_profile_photos.ts";
import { downloadWithinBudget, removeTarget } from "./remove_target.ts";
import type { PhotoResult } from "./result.ts";
import { type RunOptions, runTargets, validateRunOptions } from "./run_targets.ts";
import type { InvalidTarget, Target } from "./target.ts";

/** A photo in a small size, or why there is none to show. */
export type Thumbnail = Photo | { problem: string };

/** The sizes to ask for, in pixels, the best first. */
const SIZES = [96, 64, 48] as const;
/** The largest photo that is shown where Graph has no small size of it, in bytes. */
const LARGEST_SHOWN = 2 ** 18;
/** Graph's answers where it does not have a size. */
const NO_SUCH_SIZE: readonly (number | null)[] = [400, 404];

/** Returns the requests for a small photo, each for the case that the one before finds none. */
function requestsFor(target: Target, { width, height }: Record<string, unknown>): GraphRequest[] {
  const isKnown = typeof width === "number" && typeof height === "number";
  const size = SIZES.find((size) => !isKnown || size <= Math.min(width, height));
  // By itself: in a batch, one that is too large would cut off the others.
  const whole = { ...photoRequests.download(target), maxBytes: LARGEST_SHOWN, alone: true };
  return size === undefined ? [whole] : [photoRequests.downloadSize(target, size), whole];
}

/** Returns the photo that a request got, or why it cannot be shown; `undefined` if there is none. */
function toThumbnail(outcome: GraphOutcome, maxBytes: number): Thumbnail | undefined {
  if (outcome.kind === "notSent") return { problem: "The run was stopped before it was read" };
  if (outcome.kind === "failed") {
    const { code, message, status } = outcome.error;
    return NO_SUCH_SIZE.includes(status) ? undefined : { problem: `${code}: ${message}` };
  }
  const { success, response } = outcome;
  if (success.absent) return undefined;
  const tooLarge = { problem: `Too large to be shown: more than ${maxBytes / 1024} KiB` };
  if (response.truncated) return tooLarge;
  try {
    const photo = parsePhoto(response);
    return photo.bytes.length > maxBytes ? tooLarge : photo;
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

/**
 * Reads a photo in a small size; where Graph does not have it in one, the photo itself, if that is not too large.
 *
 * @param metadata What Graph says of the photo.
 * @throws {CredentialError} If there is no token.
 */
export async function readThumbnail(
  target: Target,
  metadata: Record<string, unknown> = {},
  client: GraphClient,
  transport: Transport,
): Promise<Thumbnail> {
  for (const request of requestsFor(target, metadata)) {
    const { maxBytes } = request;
    const use = (outcome: GraphOutcome) => toThumbnail(outcome, maxBytes);
    const thumbnail = await downloadWithinBudget(request, client, transport, undefined, use, maxBytes);
    if (thumbnail) return thumbnail;
  }
  return { problem: "Graph says that there is a photo, and does not have it in a size that can be shown" };
}

/** A result, and a small picture of the photo if there is one. */
export interface PlannedThumbnail {
  result: PhotoResult;
  thumbnail?: Thumbnail;
}

/** Looks at the photos as `removeProfilePhotos()` does with `whatIf`, and reads a small picture of each. */
export function planWithThumbnails(
  targets: Iterable<Target | InvalidTarget> | AsyncIterable<Target | InvalidTarget>,
  options: RunOptions,
): AsyncIterable<PlannedThumbnail> {
  return plan(targets, validateRunOptions(options, []));
}

async function* plan(
  targets: Parameters<typeof planWithThumbnails>[0],
  options: ReturnType<typeof validateRunOptions>,
): AsyncGenerator<PlannedThumbnail> {
  const thumbnails = new Map<Target, Thumbnail>();
  const results = runTargets(targets, {
    parse: parseGiven,
    async work(given, client, transport) {
      const target = given as Target;
      return await removeTarget(target, client, transport, {
        whatIf: true,
        async onFound({ response }) {
          thumbnails.set(target, await readThumbnail(target, jsonOf(response), client, transport));
        },
      });
    },
  }, options);
  for await (const result of results) {
    yield { result, thumbnail: thumbnails.get(result.target) };
    thumbnails.delete(result.target);
  }
}
