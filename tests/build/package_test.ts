import denoJson from "../../deno.json" with { type: "json" };
import { PLATFORM_NAMES, PLATFORMS, THIS_PLATFORM } from "../../lib/build/platforms.ts";
import { assert, assertEquals, assertMatch } from "../deps/assert.ts";
import { parseYaml } from "../deps/yaml.ts";
import { NO_POWERSHELL, runPowershell } from "../support/powershell.ts";
import { isInstalled } from "../support/shells.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

const ROOT = new URL("../../", import.meta.url);
const URL_OF_RELEASE = `https://example.com/owner/name/releases/download/v${denoJson.version}`;
const FILES = PLATFORM_NAMES.map((name) => `remove-profile-photo-${name}${PLATFORMS[name].suffix}`);

/** A stand-in for an executable, which says what it is started with. */
const program = (file: string) => `#!/bin/sh\n# ${file}\necho "{\\"credential\\":\\"$*\\"}"\n`;

async function sha256(text: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))).toHex();
}

const HASHES = await Promise.all(FILES.map((file) => sha256(program(file))));

async function execute(program: string, args: string[], cwd: string | URL) {
  const { code, stdout, stderr } = await new Deno.Command(program, { args, cwd, env: { NO_COLOR: "1" } })
    .output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

const runTask = (folder: string) =>
  execute(
    Deno.execPath(),
    ["task", "--quiet", "package", `--outdir=${folder}`, `--url=${URL_OF_RELEASE}`],
    ROOT,
  );

const NAME = String.raw`[^.\s\\/:*?"<>|]{1,32}`;
const URL_PATTERN = /^https?:\/\/.{1,2040}$/;
const EVERY = {
  PackageIdentifier: new RegExp(`^${NAME}(\\.${NAME}){1,7}$`),
  PackageVersion: /^[^\\/:*?"<>|]{1,128}$/,
  ManifestVersion: /^1\.6\.0$/,
};

/** What winget's JSON schemas, version 1.6.0, ask of each field; all of them are required, or wanted by us. */
const WINGET: Readonly<Record<string, Record<string, RegExp>>> = {
  ".yaml": { ...EVERY, DefaultLocale: /^[a-z]{2}-[A-Z]{2}$/, ManifestType: /^version$/ },
  ".installer.yaml": {
    ...EVERY,
    InstallerType: /^(msix?|appx|exe|zip|inno|nullsoft|wix|burn|pwa|portable)$/,
    Commands: /^[^,]{1,40}$/,
    "Installers.0.Architecture": /^(x86|x64|arm|arm64|neutral)$/,
    "Installers.0.InstallerUrl": URL_PATTERN,
    "Installers.0.InstallerSha256": /^[A-Fa-f0-9]{64}$/,
    ManifestType: /^installer$/,
  },
  ".locale.en-US.yaml": {
    ...EVERY,
    PackageLocale: /^[a-z]{2}-[A-Z]{2}$/,
    Publisher: /^.{2,256}$/,
    PackageName: /^.{2,256}$/,
    PackageUrl: URL_PATTERN,
    License: /^.{3,512}$/,
    ShortDescription: /^.{3,256}$/,
    ManifestType: /^defaultLocale$/,
  },
};

/** What Scoop's JSON schema asks, and that nothing else is there. */
const SCOOP: Readonly<Record<string, RegExp>> = {
  version: /^[\w\-.+]+$/,
  description: /./,
  homepage: URL_PATTERN,
  license: /^MIT$/,
  "architecture.64bit.url": /^https:[^$]+\.exe#\/remove-profile-photo\.exe$/,
  "architecture.64bit.hash": /^[a-fA-F0-9]{64}$/,
  bin: /^remove-profile-photo\.exe$/,
};

/** The fields of an object by their paths; a list of texts is one of them. */
function flatten(value: unknown, path = ""): [path: string, value: unknown][] {
  const isLeaf = typeof value !== "object" || (Array.isArray(value) && typeof value[0] !== "object");
  if (isLeaf) return [[path, value]];
  return Object.entries(value!).flatMap(([name, inner]) => flatten(inner, path ? `${path}.${name}` : name));
}

function assertFields(manifest: unknown, rules: Record<string, RegExp>, name: string) {
  const fields = flatten(manifest);
  assertEquals(fields.map(([path]) => path).sort(), Object.keys(rules).sort(), name);
  for (const [path, value] of fields) {
    assertEquals(typeof value === "string" || Array.isArray(value), true, `${path} is text in YAML, too`);
    assertMatch(String(value), rules[path]!, path);
  }
}

/** As much of Homebrew as the formula uses: it installs what was downloaded, which nobody may execute yet. */
const HOMEBREW = `
require "fileutils"
require "pathname"
class Pathname
  def install(files)
    mkpath
    files.each { |from, to| FileUtils.mv(from, self/to) }
  end
end
class Formula
  include FileUtils
  def self.method_missing(name, *)
    yield if name.to_s.start_with?("on_")
  end
  def self.test; end
  def bin
    Pathname.new("bin").expand_path
  end
  def generate_completions_from_executable(*words)
    system(*words.map(&:to_s), "bash") or abort "it cannot be executed"
  end
end
require "../remove-profile-photo.rb"
RemoveProfilePhoto.new.install
`;

Deno.test("package writes the module and manifests with the release's addresses and hashes", {
  permissions: { run: true, read: true, write: true },
  ignore: !isInstalled("zip"),
}, () =>
  inTemporaryFolder(async (folder) => {
    const read = (name: string) => Deno.readTextFile(`${folder}/${name}`);
    await Deno.writeTextFile(`${folder}/remove-profile-photo.js`, "// the bundle\n");
    const early = await runTask(folder);
    assertEquals(early.code, 1);
    assertMatch(early.stderr, /^error: There is no .*remove-profile-photo-windows-x64\.exe: .*compile:all/);
    for (const file of FILES) await Deno.writeTextFile(`${folder}/${file}`, program(file), { mode: 0o755 });
    const { code, stderr } = await runTask(folder);
    assertEquals([code, stderr], [0, ""]);

    const windows = { url: `${URL_OF_RELEASE}/${FILES[0]}`, hash: HASHES[0] };
    const scoop = JSON.parse(await read("remove-profile-photo.json"));
    assertFields(scoop, SCOOP, "Scoop");
    assertEquals([scoop.version, scoop.homepage], [denoJson.version, "https://example.com/owner/name"]);
    assertEquals(scoop.architecture["64bit"], {
      ...windows,
      url: `${windows.url}#/remove-profile-photo.exe`,
    });

    for (const [end, rules] of Object.entries(WINGET)) {
      // deno-lint-ignore no-explicit-any
      const manifest: any = parseYaml(await read(`GraphAdmin.RemoveProfilePhoto${end}`));
      assertFields(manifest, rules, end);
      assertEquals(manifest.PackageVersion, denoJson.version);
      if (!manifest.Installers) continue;
      const [{ InstallerUrl, InstallerSha256 }] = manifest.Installers;
      assertEquals({ url: InstallerUrl, hash: InstallerSha256.toLowerCase() }, windows);
    }

    const formula = await read("remove-profile-photo.rb");
    const pairs = Array.from(
      formula.matchAll(/url "(.*)"\n +sha256 "(.*)"/g),
      ([, url, hash]) => `${url} ${hash}`,
    );
    const expected = FILES.map((file, at) => `${URL_OF_RELEASE}/${file} ${HASHES[at]}`).slice(1);
    assertEquals(pairs.sort(), expected.sort());
    assertEquals(formula.match(/\b(class|do|def)\b(?! \|)/g)?.length, formula.match(/\bend\b/g)?.length);
    if (isInstalled("ruby")) {
      const cellar = `${folder}/cellar`;
      await Deno.mkdir(cellar);
      await Deno.writeTextFile(`${cellar}/${FILES[1]}`, program(""), { mode: 0o644 });
      const run = await execute("ruby", ["-e", HOMEBREW], cellar);
      assertEquals(run, { code: 0, stdout: '{"credential":"completions bash"}\n', stderr: "" });
    }

    await execute("unzip", ["-q", "ProfilePhoto.zip"], folder);
    assertEquals(await read("ProfilePhoto/remove-profile-photo.js"), "// the bundle\n");
    for (const name of ["", ...PLATFORM_NAMES.map((name) => `-${name}`)]) {
      assertMatch(await read("SHA256SUMS"), new RegExp(` ProfilePhoto${name}\\.zip\n`));
    }
    if (NO_POWERSHELL || !THIS_PLATFORM) return;
    const { stdout, ...unpacked } = await runPowershell(
      `Remove-Item -Recurse ProfilePhoto
Expand-Archive ProfilePhoto-${THIS_PLATFORM}.zip .
(Test-ModuleManifest ProfilePhoto/ProfilePhoto.psd1).ExportedFunctions.Count
Import-Module ./ProfilePhoto
(Test-ProfilePhotoAccess).Credential`,
      { cwd: folder },
    );
    assert(stdout.trim() === "6\ndoctor --output=ndjson", stdout + unpacked.stderr);
  }));
