/** A platform for which executables are built. */
export interface Platform {
  /** The target triple of `deno compile`. */
  deno: string;
  /** The target of `bun build`, and the package of that Bun after `@oven/`. */
  bun: string;
  /** The ending of an executable's file name. */
  suffix: "" | ".exe";
}

/** The platforms by their name in `--target`. */
export const PLATFORMS = {
  "windows-x64": { deno: "x86_64-pc-windows-msvc", bun: "bun-windows-x64", suffix: ".exe" },
  "macos-x64": { deno: "x86_64-apple-darwin", bun: "bun-darwin-x64", suffix: "" },
  "macos-arm64": { deno: "aarch64-apple-darwin", bun: "bun-darwin-aarch64", suffix: "" },
  "linux-x64": { deno: "x86_64-unknown-linux-gnu", bun: "bun-linux-x64", suffix: "" },
  "linux-arm64": { deno: "aarch64-unknown-linux-gnu", bun: "bun-linux-aarch64", suffix: "" },
} as const satisfies Record<string, Platform>;

/** The name of a platform. */
export type PlatformName = keyof typeof PLATFORMS;

/** The names of all platforms. */
export const PLATFORM_NAMES = Object.keys(PLATFORMS) as PlatformName[];

/** The platform of this machine; `undefined` if it is another. */
export const THIS_PLATFORM = PLATFORM_NAMES.find((name) => PLATFORMS[name].deno === Deno.build.target);
