/** The middle of some numbers. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2;
}

/** Of the ratios of neighboring runs the median: what slows the machine down for a while slows both. */
export function ratioOf(ours: readonly number[], floor: readonly number[]): number {
  return median(ours.map((ms, run) => ms / floor[run]!));
}
