import { basename } from 'node:path';
import { PlatformError } from '../errors/index.ts';
import type { EnvironmentSpec } from './environment.ts';
import type { ToolEnd } from './run-tool.ts';

/** What installers say where one requirement is at fault; the first group names it. In order of preference. */
const requirementFaults: readonly RegExp[] = [
  /Invalid requirement: ['"]?([^'"\n:]+)/,
  /conflict is caused by:[\s\S]*?The user requested ([^\s(]+)/,
  /Cannot install ([^\n]+?) because these package versions have conflicting dependencies/,
  /No matching distribution found for ([^\s(]+)/,
  /Could not find a version that satisfies the requirement ([^\s(]+)/,
  /Package ['"]([^'"]+)['"] requires a different Python/,
  /DO NOT MATCH THE HASHES[\s\S]*?\n\s+([A-Za-z0-9._-]+[^\s]*) from/,
  /Failed building wheel for ([A-Za-z0-9._-]+)/,
  /Failed to build(?: installable wheels for some pyproject\.toml based projects \(| )[`'"(]*([A-Za-z0-9._-]+)/,
  // uv
  /Failed to parse: `([^`\n]+)`/,
  /Couldn't parse requirement in [\s\S]*?\n\s+(\S[^\n]*)\n\s*\^/,
  /Because you require ([^\n]+?), we can conclude/,
  /Because ([A-Za-z0-9._-]+) was not found/,
  /and you require ([A-Za-z0-9._-]+[^\s,]*)/,
  /Because there (?:is|are) no versions? of ([A-Za-z0-9._-]+[^\s,]*)/,
  /No solution found[\s\S]*?Because (?:only )?([A-Za-z0-9._-]+)/,
];

const unreachable =
  /Failed to establish a new connection|Temporary failure in name resolution|NewConnectionError|Name or service not known|Connection refused|dns error|client error \(Connect\)|error sending request|Network is unreachable|ProxyError|Read timed out|SSLError/;

const shownLines = 8;

/** The error for an installer that failed: the requirement at fault with the installer's own reason, or what else. */
export function installerFailure(end: ToolEnd, spec: EnvironmentSpec): PlatformError {
  const text = withoutCredentials(`${end.stderr}\n${end.stdout}`);
  const where = spec.file === null ? 'requirements' : basename(spec.file);
  const reason = reasonOf(text);
  const unreached = unreachable.exec(text);
  if (unreached !== null && !/HTTP error 404|not found in the package registry/.test(text))
    return new PlatformError('ENVIRONMENT_INSTALL_FAILED', {
      message: `${where}: the package index cannot be reached\n${reason}`,
    });
  const named = requirementFaults
    .map((fault) => fault.exec(text)?.[1])
    .find((one) => one !== undefined)
    ?.trim();
  if (named !== undefined)
    return new PlatformError('ENVIRONMENT_BAD_REQUIREMENT', {
      message: `${where}: ${named} cannot be installed\n${reason}`,
      details: { requirement: named },
    });
  if (/ensurepip is not available|No module named (ensurepip|venv)/.test(text))
    return new PlatformError('ENVIRONMENT_INSTALL_FAILED', {
      message: `${where}: this Python cannot make virtual environments`,
      hint: 'Install its venv package (on Debian and Ubuntu: python3-venv), or install uv.',
    });
  if (/No space left on device/.test(text))
    return new PlatformError('ENVIRONMENT_INSTALL_FAILED', {
      message: `${where}: there is no space left for the environment`,
      hint: 'Free some space, or move the cache with MLSPEC_CACHE_DIR.',
    });
  return new PlatformError('ENVIRONMENT_INSTALL_FAILED', {
    message: `${where}: the environment cannot be made\n${reason}`,
  });
}

function reasonOf(text: string): string {
  const lines = text.split('\n').map((line) => line.trimEnd());
  const told = lines.filter((line) =>
    /error|×|╰|Because|hint:|conflict|requires|depends on|user requested/i.test(line),
  );
  const kept = told.length > 0 ? told : lines.filter((line) => line !== '' && !/^(WARNING|Looking in)/.test(line));
  return [...new Set(kept)].slice(-shownLines).join('\n');
}

function withoutCredentials(text: string): string {
  return text.replaceAll(/:\/\/[^/@\s]+@/g, '://');
}
