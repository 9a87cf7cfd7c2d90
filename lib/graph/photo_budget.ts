/** How many bytes of photos may be in memory at once, on their way between Graph and a backup. */
const CAPACITY = 32 * 2 ** 20;
/** In bytes, before any photo was seen. */
const FIRST_EXPECTED_SIZE = 8 * 2 ** 20;
/** In bytes: room for all that the default options have in flight. */
const LEAST_EXPECTED_SIZE = Math.floor(CAPACITY / 320);

/** Room for a photo in memory. Disposing gives it back; repeating that does nothing. */
export interface Room extends Disposable {
  /** In bytes. */
  size: number;
}

/** Limits how much memory the photos of a run take. */
export interface PhotoBudget {
  /** Waits for room, first come, first served. `size`: in bytes; default: as large as recent downloads suggest. */
  take(size?: number): Promise<Room>;
  /** Called with the size of each photo that was downloaded, in bytes. */
  onDownloaded(size: number): void;
}

/** Creates a budget of 32 MiB. A photo that is larger gets all of it. */
export function createPhotoBudget(): PhotoBudget {
  let free = CAPACITY;
  /** Twice the largest photo seen lately. */
  let expectedSize = FIRST_EXPECTED_SIZE;
  let hasSeenPhoto = false;
  const waiting: { given?: number; resolve: (room: Room) => void }[] = [];

  function startWaiting() {
    for (let next = waiting[0]; next; next = waiting[0]) {
      const size = Math.min(CAPACITY, next.given ?? expectedSize);
      if (size > free) return;
      waiting.shift();
      free -= size;
      let isHeld = true;
      next.resolve({
        size,
        [Symbol.dispose]() {
          if (!isHeld) return;
          isHeld = false;
          free += size;
          startWaiting();
        },
      });
    }
  }

  return {
    take(given) {
      const { promise, resolve } = Promise.withResolvers<Room>();
      waiting.push({ given, resolve });
      startWaiting();
      return promise;
    },
    onDownloaded(size) {
      expectedSize = Math.max(LEAST_EXPECTED_SIZE, 2 * size, hasSeenPhoto ? expectedSize / 2 : 0);
      hasSeenPhoto = true;
      startWaiting();
    },
  };
}
