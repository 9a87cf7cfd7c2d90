/**
 * `deno task package`: what package managers take, from the executables and the bundle in the output folder: the
 * PowerShell module as ProfilePhoto.zip, a Scoop manifest, a Homebrew formula, and the three files of a winget manifest.
 */
import denoJson from "../../deno.json" with { type: "json" };
import { build, BuildError, run } from "./build.ts";
import { PLATFORM_NAMES, type PlatformName, PLATFORMS } from "./platforms.ts";

const MODULE = "lib/powershell/ProfilePhoto";
const BUNDLE = "remove-profile-photo.js";
const DESCRIPTION = "Removes Microsoft 365 profile photos through Microsoft Graph";
const WINGET = { id: "GraphAdmin.RemoveProfilePhoto", schema: "1.6.0" };

/** The release that the manifests describe. */
interface Release {
  /** Where its files are. */
  url: string;
  /** Where its project is. */
  homepage: string;
  version: string;
  /** Returns the SHA-256 of a platform's executable, in hexadecimal. */
  hashOf(platform: PlatformName): string;
}

const fileOf = (platform: PlatformName) => `remove-profile-photo-${platform}${PLATFORMS[platform].suffix}`;

function scoopManifest({ url, homepage, version, hashOf }: Release): string {
  const program = "remove-profile-photo.exe";
  const manifest = {
    version,
    description: DESCRIPTION,
    homepage,
    license: denoJson.license,
    architecture: {
      "64bit": { url: `${url}/${fileOf("windows-x64")}#/${program}`, hash: hashOf("windows-x64") },
    },
    bin: program,
  };
  return JSON.stringify(manifest, null, 4) + "\n";
}

function homebrewFormula({ url, homepage, version, hashOf }: Release): string {
  const block = (platform: PlatformName) =>
    `      url "${url}/${fileOf(platform)}"\n      sha256 "${hashOf(platform)}"\n`;
  const system = (name: "macos" | "linux") =>
    `  on_${name} do\n    on_arm do\n${block(`${name}-arm64`)}    end\n    on_intel do\n${
      block(`${name}-x64`)
    }    end\n  end\n`;
  return `class RemoveProfilePhoto < Formula
  desc "${DESCRIPTION}"
  homepage "${homepage}"
  version "${version}"
  license "${denoJson.license}"

${system("macos")}
${system("linux")}
  def install
    bin.install Dir["remove-profile-photo*"].first => "remove-profile-photo"
    generate_completions_from_executable(bin/"remove-profile-photo", "completions")
  end

  test do
    assert_equal version.to_s, shell_output("#{bin}/remove-profile-photo --version").strip
  end
end
`;
}

/** Returns the files of a winget manifest by name. All values are quoted, as YAML would take some for numbers. */
function wingetManifest({ url, homepage, version, hashOf }: Release): Record<string, string> {
  const file = (type: string, rows: Record<string, string>, rest = "") =>
    Object.entries({ PackageIdentifier: WINGET.id, PackageVersion: version, ...rows })
      .map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`).join("") +
    `${rest}ManifestType: "${type}"\nManifestVersion: "${WINGET.schema}"\n`;
  const installer = `Commands:
  - "remove-profile-photo"
Installers:
  - Architecture: "x64"
    InstallerUrl: ${JSON.stringify(`${url}/${fileOf("windows-x64")}`)}
    InstallerSha256: "${hashOf("windows-x64").toUpperCase()}"
`;
  return {
    [`${WINGET.id}.yaml`]: file("version", { DefaultLocale: "en-US" }),
    [`${WINGET.id}.installer.yaml`]: file("installer", { InstallerType: "portable" }, installer),
    [`${WINGET.id}.locale.en-US.yaml`]: file("defaultLocale", {
      PackageLocale: "en-US",
      Publisher: "graph-admin",
      PackageName: "remove-profile-photo",
      PackageUrl: homepage,
      License: denoJson.license,
      ShortDescription: DESCRIPTION,
    }),
  };
}

/** Copies a folder and what is in it. */
async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    await (isDirectory ? copyFolder : Deno.copyFile)(`${from}/${name}`, `${to}/${name}`);
  }
}

/** Returns the hashes of the executables in a folder, from its SHA256SUMS. */
async function readHashes(folder: string): Promise<Release["hashOf"]> {
  const sums = await Deno.readTextFile(`${folder}/SHA256SUMS`).catch(() => "");
  const hashes = new Map(
    sums.split("\n").map((line) => line.split(/ [ *]/).toReversed() as [string, string]),
  );
  const missing = PLATFORM_NAMES.map(fileOf).filter((file) => !hashes.has(file));
  if (missing.length) {
    throw new BuildError(`${folder}/SHA256SUMS lacks ${missing.join(", ")}: run deno task compile:all first`);
  }
  return (platform) => hashes.get(fileOf(platform))!;
}

await build(["url"], async (options, temporary) => {
  const url = options.url?.[0];
  const folder = options.outdir?.[0] ?? "dist";
  const [, homepage] = /^(https:\/\/.+)\/releases\/download\/[^/]+$/.exec(url ?? "") ?? [];
  if (url === undefined || homepage === undefined) {
    throw new BuildError(
      "--url must be where the files of the release are: https://…/releases/download/v1.0.0",
    );
  }
  const release = { url, homepage, version: denoJson.version, hashOf: await readHashes(folder) };
  await copyFolder(MODULE, `${temporary}/ProfilePhoto`);
  await Deno.copyFile(`${folder}/${BUNDLE}`, `${temporary}/ProfilePhoto/${BUNDLE}`).catch(() => {
    throw new BuildError(`There is no ${folder}/${BUNDLE}: run deno task bundle first`);
  });
  await Deno.copyFile("LICENSE", `${temporary}/ProfilePhoto/LICENSE`);
  await run("zip", ["-qrX", "ProfilePhoto.zip", "ProfilePhoto"], { cwd: temporary });
  const manifests = {
    "remove-profile-photo.json": scoopManifest(release),
    "remove-profile-photo.rb": homebrewFormula(release),
    ...wingetManifest(release),
  };
  for (const [name, text] of Object.entries(manifests)) {
    await Deno.writeTextFile(`${temporary}/${name}`, text);
  }
  return ["ProfilePhoto.zip", ...Object.keys(manifests)];
});
