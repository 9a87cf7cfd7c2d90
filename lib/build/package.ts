/**
 * `deno task package`: what package managers take, from the executables and the bundle in the output folder: the
 * PowerShell module as ProfilePhoto.zip, which needs Deno, and with each executable as ProfilePhoto-<platform>.zip; a
 * Scoop manifest, a Homebrew formula, and the three files of a winget manifest.
 */
import denoJson from "../../deno.json" with { type: "json" };
import { build, BuildError, run, sha256 } from "./build.ts";
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
    chmod 0755, bin/"remove-profile-photo"
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

/** Copies a build from the output folder. */
async function copyBuild(from: string, to: string, task: string): Promise<void> {
  await Deno.copyFile(from, to).catch(() => {
    throw new BuildError(`There is no ${from}: run deno task ${task} first`);
  });
}

/** Packs the module with a program beside it, in a temporary folder; returns the archive's name. */
async function packProgram(temporary: string, name: string, program: string): Promise<string> {
  await run("zip", ["-qrX", `${name}.zip`, "ProfilePhoto"], { cwd: temporary });
  await Deno.remove(`${temporary}/ProfilePhoto/${program}`);
  return `${name}.zip`;
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
  const module = `${temporary}/ProfilePhoto`;
  await copyFolder(MODULE, module);
  await Deno.copyFile("LICENSE", `${module}/LICENSE`);
  await copyBuild(`${folder}/${BUNDLE}`, `${module}/${BUNDLE}`, "bundle");
  const archives = [await packProgram(temporary, "ProfilePhoto", BUNDLE)];
  const hashes = new Map<PlatformName, string>();
  for (const platform of PLATFORM_NAMES) {
    const program = `remove-profile-photo${PLATFORMS[platform].suffix}`;
    await copyBuild(`${folder}/${fileOf(platform)}`, `${module}/${program}`, "compile:all");
    hashes.set(platform, await sha256(`${module}/${program}`));
    archives.push(await packProgram(temporary, `ProfilePhoto-${platform}`, program));
  }
  const release = {
    url,
    homepage,
    version: denoJson.version,
    hashOf: (platform: PlatformName) => hashes.get(platform)!,
  };
  const manifests = {
    "remove-profile-photo.json": scoopManifest(release),
    "remove-profile-photo.rb": homebrewFormula(release),
    ...wingetManifest(release),
  };
  for (const [name, text] of Object.entries(manifests)) {
    await Deno.writeTextFile(`${temporary}/${name}`, text);
  }
  return [...archives, ...Object.keys(manifests)];
});
