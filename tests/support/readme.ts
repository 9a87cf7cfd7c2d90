const README = new URL("../../README.md", import.meta.url);

/** The text of a section of the README, below its title. */
export async function readmeSection(title: string): Promise<string> {
  const [, section = ""] = (await Deno.readTextFile(README)).split(`\n## ${title}\n`);
  return section.split("\n## ")[0]!;
}

export const quoted = (text: string): string[] =>
  Array.from(text.matchAll(/`([^`]+)`/g), ([, word]) => word!);

/** The rows of a section's table, each as its cells. */
export function tableRows(section: string): string[][] {
  const rows = section.split("\n").filter((line) => line.startsWith("| "));
  return rows.slice(2).map((line) => line.slice(1, -1).split("|").map((cell) => cell.trim()));
}
