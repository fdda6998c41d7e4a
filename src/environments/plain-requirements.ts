import { PlatformError } from '../errors/index.ts';
import type { ResolveOptions } from './environment.ts';
import type { RequirementsFile } from './requirements-file.ts';
import { runTool } from './run-tool.ts';

// Python's own reader of TOML: of the standard library from 3.11 on, before that the one inside pip.
const script = `
import json, sys
try:
    import tomllib
except ImportError:
    from pip._vendor import tomli as tomllib
with open(sys.argv[1], "rb") as file:
    document = tomllib.load(file)
if "packages" in document or "lock-version" in document:
    lines = []
    for package in document.get("packages", []):
        if "version" not in package:
            raise SystemExit("package %s has no version" % package.get("name"))
        line = "%s==%s" % (package["name"], package["version"])
        if package.get("marker"):
            line += " ; " + package["marker"]
        archives = package.get("wheels", []) + [package[kind] for kind in ("sdist", "archive") if kind in package]
        hashes = [archive["hashes"]["sha256"] for archive in archives if archive.get("hashes", {}).get("sha256")]
        lines.append(line + "".join(" --hash=sha256:" + one for one in hashes))
else:
    project = document.get("project")
    if project is None or "dependencies" in project.get("dynamic", []):
        raise SystemExit("it has no [project] table with dependencies")
    lines = project.get("dependencies", [])
print(json.dumps(lines))
`;

/**
 * The requirements of a `pyproject.toml` (its `project.dependencies`; the project itself is not installed, its code is
 * imported from where it is) or of a `pylock.toml`, as a text that pip reads.
 * @throws PlatformError ENVIRONMENT_BAD_REQUIREMENT
 */
export async function plainRequirements(
  file: RequirementsFile,
  at: { readonly python: string; readonly options: ResolveOptions },
): Promise<string> {
  const end = await runTool(at.python, ['-c', script, file.path], at.options);
  if (end.exitCode === 0) return `${(JSON.parse(end.stdout) as string[]).join('\n')}\n`;
  throw new PlatformError('ENVIRONMENT_BAD_REQUIREMENT', {
    message: `${file.path} cannot be read: ${end.stderr.trim().split('\n').at(-1)}`,
    hint: 'Write the dependencies under [project] dependencies, or name a requirements.txt.',
  });
}
