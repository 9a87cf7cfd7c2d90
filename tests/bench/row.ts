/** A ratio that may be bounded. */
export interface Bounded {
  ratio: number;
  /** What it is to stay below. */
  below?: number;
}

/** A figure's ratio to another's. */
export interface Ratio extends Bounded {
  to: string;
}

export interface Row {
  /** What it is compared within. */
  group: string;
  name: string;
  /** Targets, where it is not one. */
  count?: number;
  /** Milliseconds of time. */
  ms: number;
  /** Milliseconds of processor, where known. */
  cpuMs: number | null;
  /** Bytes of memory at the most, where known. */
  peakBytes: number | null;
  /** HTTP requests, where counted. */
  requests?: number;
  ratios: Ratio[];
}

/** Whether a ratio is not below what it is to stay below. */
export const isBroken = ({ ratio, below }: Bounded): boolean => below !== undefined && !(ratio < below);

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2;
}

/** Of the ratios of neighboring runs the median: what slows the machine down for a while slows both. */
export function ratioOf(ours: readonly number[], floor: readonly number[]): number {
  return median(ours.map((ms, run) => ms / floor[run]!));
}
