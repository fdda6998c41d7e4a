import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PlatformError } from '../errors/index.ts';
import type { EnvironmentSpec, ResolveOptions } from './environment.ts';
import { installerFailure } from './installer-failure.ts';
import { plainRequirements } from './plain-requirements.ts';
import type { RequirementsFile } from './requirements-file.ts';
import { runTool, type ToolEnd } from './run-tool.ts';

/** Where an environment is made, from what and with what. */
export interface Installation {
  readonly spec: EnvironmentSpec;
  readonly file: RequirementsFile | null;
  /** The interpreter that it is made from, found. */
  readonly python: string;
  /** An empty folder; the environment comes into `venv` in it. */
  readonly folder: string;
}

/** What an installer did: hashes by normalized name, and packages that it put there for itself. */
export interface Installed {
  readonly hashes: Readonly<Record<string, string>>;
  readonly own: readonly string[];
}

/**
 * Makes a virtual environment and installs what the spec asks for: with uv where it is there, else with pip.
 * @throws PlatformError ENVIRONMENT_BAD_REQUIREMENT, ENVIRONMENT_INSTALL_FAILED
 */
export async function install(installation: Installation, options: ResolveOptions): Promise<Installed> {
  const { spec, file } = installation;
  const isUv = spec.installer !== 'pip' && (await hasUv(options));
  if (!isUv && (spec.installer === 'uv' || file?.kind === 'uv-lock'))
    throw new PlatformError('ENVIRONMENT_INSTALL_FAILED', {
      message: `expected the program uv, which ${spec.installer === 'uv' ? 'installer: uv' : 'uv.lock'} needs, found none`,
      hint: 'Install uv, or write installer: pip with a file that pip reads.',
    });
  const what = spec.file ?? spec.requirements.join(', ');
  options.onProgress(`making a Python environment for ${what} with ${isUv ? 'uv' : 'pip'}; this is done once`);
  await mkdir(installation.folder, { recursive: true });
  return isUv ? await withUv(installation, options) : await withPip(installation, options);
}

async function hasUv(options: ResolveOptions): Promise<boolean> {
  return (await runTool('uv', ['--version'], options)).exitCode === 0;
}

async function withUv(installation: Installation, options: ResolveOptions): Promise<Installed> {
  const { spec, file, folder } = installation;
  const env = { ...fromPipVariables(options.env), ...options.env };
  const at = { ...options, env, cwd: file === null ? folder : dirname(file.path) };
  const venv = join(folder, 'venv');
  require(await runTool('uv', ['venv', '--quiet', '--no-project', '--python', installation.python, venv], at), spec);
  let source = file === null ? [] : ['-r', file.path];
  if (file?.kind === 'uv-lock') {
    source = ['-r', join(folder, 'exported.txt')];
    const args = ['export', '--quiet', '--frozen', '--no-emit-project', '--output-file', join(folder, 'exported.txt')];
    require(await runTool('uv', args, at), spec);
  }
  const args = ['pip', 'install', '--quiet', '--python', join(venv, 'bin', 'python'), ...source, ...spec.requirements];
  if (source.length + spec.requirements.length > 0) require(await runTool('uv', args, at), spec);
  return { hashes: {}, own: [] };
}

/** uv reads no variables of pip; who has set only those means both. */
function fromPipVariables(env: ResolveOptions['env']): Record<string, string> {
  const pairs = [
    ['PIP_INDEX_URL', 'UV_DEFAULT_INDEX'],
    ['PIP_EXTRA_INDEX_URL', 'UV_INDEX'],
    ['PIP_FIND_LINKS', 'UV_FIND_LINKS'],
  ] as const;
  return Object.fromEntries(
    pairs.flatMap(([pip, uv]) => (env[pip] === undefined || env[uv] !== undefined ? [] : [[uv, env[pip]]])),
  );
}

async function withPip(installation: Installation, options: ResolveOptions): Promise<Installed> {
  const { spec, file, folder, python } = installation;
  const venv = join(folder, 'venv');
  const target = join(venv, 'bin', 'python');
  // A pip outside that installs into the environment leaves nothing of itself there, and saves the time to copy it.
  const isOutside = await canInstallElsewhere(python, options);
  require(await runTool(python, ['-m', 'venv', ...(isOutside ? ['--without-pip'] : []), venv], options), spec);
  const source =
    file === null ? [] : await sourceForPip(file, { python: isOutside ? python : target, folder, options });
  const report = join(folder, 'report.json');
  const args = [
    ...(isOutside ? ['-m', 'pip', '--python', target] : ['-m', 'pip']),
    ...['install', '--disable-pip-version-check', '--no-input', '--progress-bar', 'off'],
    ...(isOutside ? ['--report', report] : []),
    ...source,
    ...spec.requirements,
  ];
  if (source.length + spec.requirements.length > 0) {
    const end = await runTool(isOutside ? python : target, args, {
      ...options,
      // An environment of its own is not the place of the user's packages.
      env: { ...options.env, PIP_USER: '0', PIP_REQUIRE_VIRTUALENV: '0' },
      cwd: file === null ? folder : dirname(file.path),
      onLine: (line) => tellProgress(line, options),
    });
    require(end, spec);
  }
  return { hashes: await hashesOf(report), own: isOutside ? [] : ['pip', 'setuptools', 'wheel'] };
}

async function sourceForPip(
  file: RequirementsFile,
  at: { readonly python: string; readonly folder: string; readonly options: ResolveOptions },
): Promise<string[]> {
  if (file.kind === 'requirements') return ['-r', file.path];
  const path = join(at.folder, 'requirements.txt');
  await writeFile(path, await plainRequirements(file, at));
  return ['-r', path];
}

async function canInstallElsewhere(python: string, options: ResolveOptions): Promise<boolean> {
  const end = await runTool(python, ['-m', 'pip', '--version'], options);
  const [major = 0, minor = 0] = (/^pip (\d+)\.(\d+)/.exec(end.stdout)?.slice(1) ?? []).map(Number);
  return end.exitCode === 0 && (major > 22 || (major === 22 && minor >= 3));
}

function tellProgress(line: string, options: ResolveOptions): void {
  if (/^(Collecting|Downloading|Processing|Building wheel for|Installing collected packages)/.test(line.trim()))
    options.onProgress(
      line
        .trim()
        .replace(/^(Processing) .*\//, '$1 ')
        .slice(0, 120),
    );
}

async function hashesOf(report: string): Promise<Record<string, string>> {
  try {
    const { install: items } = JSON.parse(await readFile(report, 'utf8')) as { install: readonly ReportedPackage[] };
    return Object.fromEntries(
      items.flatMap(({ metadata, download_info: { archive_info: archive } }) =>
        archive?.hashes?.sha256 === undefined
          ? []
          : [[metadata.name.toLowerCase().replaceAll(/[-_.]+/g, '-'), `sha256:${archive.hashes.sha256}`]],
      ),
    );
  } catch {
    return {};
  }
}

interface ReportedPackage {
  readonly metadata: { readonly name: string };
  readonly download_info: { readonly archive_info?: { readonly hashes?: { readonly sha256?: string } } };
}

function require(end: ToolEnd, spec: EnvironmentSpec): void {
  if (end.exitCode !== 0) throw installerFailure(end, spec);
}
