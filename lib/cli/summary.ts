/** "2 removed, 1 failed in 0.4 s": how many targets came out how. */
export function summarize(counts: ReadonlyMap<string, number>, durationMs: number): string {
  const parts = [...counts].map(([outcome, count]) =>
    `${count} ${outcome === "notAttempted" ? "not attempted" : outcome}`
  );
  return `${parts.join(", ") || "no targets"} in ${(durationMs / 1000).toFixed(1)} s`;
}
