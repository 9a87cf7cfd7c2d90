import { runDeno } from "./build.ts";

/**
 * Returns the source of a module that exports what another does. The code itself is in it as compressed text, which is
 * parsed only when the module is imported: the script around it starts as fast as without.
 *
 * @param path The other module; what it imports is included.
 * @param names What it exports.
 * @param temporary A folder for its code.
 */
export async function packModule(path: string, names: readonly string[], temporary: string): Promise<string> {
  const output = `${temporary}/packed.js`;
  await runDeno("bundle", "--quiet", "--minify", "--platform=browser", `--output=${output}`, path);
  const code = new Blob([await Deno.readFile(output)]).stream();
  const packed = await new Response(code.pipeThrough(new CompressionStream("deflate-raw"))).bytes();
  return [
    `const packed = Uint8Array.fromBase64("${packed.toBase64()}");`,
    'const code = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));',
    "const base64 = (await new Response(code).bytes()).toBase64();",
    "const module = await import(`data:text/javascript;base64,${base64}`);",
    ...names.map((name) => `export const ${name} = module.${name};`),
  ].join("\n");
}
