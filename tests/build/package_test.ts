import denoJson from "../../deno.json" with { type: "json" };
import { PLATFORM_NAMES, PLATFORMS } from "../../lib/build/platforms.ts";
import { assert, assertEquals, assertMatch } from "../deps/assert.ts";
import { parseYaml } from "../deps/yaml.ts";
import { NO_POWERSHELL, runPowershell } from "../support/powershell.ts";
import { isInstalled } from "../support/shells.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

const ROOT = new URL("../../", import.meta.url);
const URL_OF_RELEASE = `https://example.com/owner/name/releases/download/v${denoJson.version}`;
const FILES = PLATFORM_NAMES.map((name) => `remove-profile-photo-${name}${PLATFORMS[name].suffix}`);

async function runTask(...args: string[]) {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "package", ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

Deno.test("package writes the module and manifests with the release's addresses and hashes", {
  permissions: { run: true, read: true, write: true },
  ignore: !isInstalled("zip"),
}, () =>
  inTemporaryFolder(async (folder) => {
    const url = `--url=${URL_OF_RELEASE}`;
    const early = await runTask(`--outdir=${folder}`, url);
    assertEquals(early.code, 1);
    assertMatch(
      early.stderr,
      /^error: .*SHA256SUMS lacks remove-profile-photo-windows-x64\.exe.*compile:all/,
    );

    const hashes = FILES.map((_, at) => String(at).repeat(64));
    await Deno.writeTextFile(
      `${folder}/SHA256SUMS`,
      FILES.map((file, at) => `${hashes[at]}  ${file}\n`).join(""),
    );
    await Deno.writeTextFile(`${folder}/remove-profile-photo.js`, "// the bundle\n");
    assertEquals(await runTask(`--outdir=${folder}`, url), { code: 0, stderr: "" });
    const read = (name: string) => Deno.readTextFile(`${folder}/${name}`);
    const windows = `${URL_OF_RELEASE}/${FILES[0]}`;

    const scoop = JSON.parse(await read("remove-profile-photo.json"));
    assertEquals([scoop.version, scoop.homepage], [denoJson.version, "https://example.com/owner/name"]);
    assertEquals(scoop.architecture["64bit"], {
      url: `${windows}#/remove-profile-photo.exe`,
      hash: hashes[0],
    });

    const names = [".yaml", ".installer.yaml", ".locale.en-US.yaml"].map((end) =>
      `GraphAdmin.RemoveProfilePhoto${end}`
    );
    // deno-lint-ignore no-explicit-any
    const winget: any[] = await Promise.all(names.map(async (name) => parseYaml(await read(name))));
    assertEquals(winget.map(({ ManifestType }) => ManifestType), ["version", "installer", "defaultLocale"]);
    for (const { PackageVersion } of winget) assertEquals(PackageVersion, denoJson.version);
    assertEquals(winget[1].Installers, [{
      Architecture: "x64",
      InstallerUrl: windows,
      InstallerSha256: hashes[0],
    }]);

    const formula = await read("remove-profile-photo.rb");
    const pairs = Array.from(formula.matchAll(/url "(.*)"\n +sha256 "(.*)"/g), ([, url, hash]) =>
      `${url} ${hash}`);
    const expected = FILES.map((file, at) =>
      `${URL_OF_RELEASE}/${file} ${hashes[at]}`
    ).slice(1);
    assertEquals(pairs.sort(), expected.sort());
    assertEquals(formula.match(/\b(class|do|def)\b(?! \|)/g)?.length, formula.match(/\bend\b/g)?.length);

    await new Deno.Command("unzip", { args: ["-q", "ProfilePhoto.zip"], cwd: folder }).output();
    assertEquals(await read("ProfilePhoto/remove-profile-photo.js"), "// the bundle\n");
    assertMatch(await read("SHA256SUMS"), / ProfilePhoto\.zip\n/);
    if (NO_POWERSHELL) return;
    const script = "(Test-ModuleManifest ProfilePhoto/ProfilePhoto.psd1).ExportedFunctions.Count";
    const { stdout, stderr } = await runPowershell(script, { cwd: folder });
    assert(stdout.trim() === "6", stdout + stderr);
  }));
