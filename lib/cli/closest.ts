const letters = (word: string) => [...word.toLowerCase()].sort().join("");

/** The known word that a mistyped one most likely means, or `undefined` where none is near. */
export async function closest(word: string, known: readonly string[]): Promise<string | undefined> {
  const { levenshteinDistance } = await import("../deps/levenshtein_distance.ts");
  const allowed = word.length < 4 ? 1 : Math.max(2, Math.floor(word.length / 3));
  const [best] = known
    .map((candidate) => ({ candidate, distance: levenshteinDistance(word.toLowerCase(), candidate) }))
    .filter(({ candidate, distance }) =>
      distance <= allowed || letters(word) === letters(candidate) ||
      (word.length > 2 && candidate.startsWith(word))
    )
    .sort((a, b) => a.distance - b.distance);
  return best?.candidate;
}
