/** A system that executables are made for, as others name it. */
export interface Target {
  /** The target of `deno compile`. */
  deno: string;
  /** The target of `bun build`, and the package of that Bun, after `@oven/`. */
  bun: string;
  /** What the name of an executable ends with. */
  suffix: "" | ".exe";
}

/** The systems that executables are made for. */
export const TARGETS = {
  "windows-x64": { deno: "x86_64-pc-windows-msvc", bun: "bun-windows-x64", suffix: ".exe" },
  "macos-x64": { deno: "x86_64-apple-darwin", bun: "bun-darwin-x64", suffix: "" },
  "macos-arm64": { deno: "aarch64-apple-darwin", bun: "bun-darwin-aarch64", suffix: "" },
  "linux-x64": { deno: "x86_64-unknown-linux-gnu", bun: "bun-linux-x64", suffix: "" },
  "linux-arm64": { deno: "aarch64-unknown-linux-gnu", bun: "bun-linux-aarch64", suffix: "" },
} as const satisfies Record<string, Target>;

/** The name of a target. */
export type TargetName = keyof typeof TARGETS;

/** The names of all targets. */
export const TARGET_NAMES = Object.keys(TARGETS) as TargetName[];

/** This machine. */
export const THIS_TARGET = TARGET_NAMES.find((name) => TARGETS[name].deno === Deno.build.target);
