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

/** One line of the results. */
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
