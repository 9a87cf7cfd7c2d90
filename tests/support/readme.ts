const ROOT = new URL("../../", import.meta.url);

/** The text of the README and of all pages in docs/. */
export async function documentation(): Promise<string> {
  const pages = [...Deno.readDirSync(new URL("docs/", ROOT))].map(({ name }) => name).filter((name) =>
    name.endsWith(".md")
  );
  const paths = ["README.md", ...pages.sort().map((name) => `docs/${name}`)];
  return (await Promise.all(paths.map((path) => Deno.readTextFile(new URL(path, ROOT))))).join("\n");
}

/** The text of a page, below its title. */
export async function pageText(name: string): Promise<string> {
  return await Deno.readTextFile(new URL(`docs/${name}.md`, ROOT));
}

export const quoted = (text: string): string[] =>
  Array.from(text.matchAll(/`([^`]+)`/g), ([, word]) => word!);

/** The rows of a section's table, each as its cells. */
export function tableRows(section: string): string[][] {
  const rows = section.split("\n").filter((line) => line.startsWith("| "));
  return rows.slice(2).map((line) => line.slice(1, -1).split("|").map((cell) => cell.trim()));
}
