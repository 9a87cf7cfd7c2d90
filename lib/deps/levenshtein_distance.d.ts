/** How many letters must change to make one word of the other. */
export function levenshteinDistance(str1: string, str2: string): number;
