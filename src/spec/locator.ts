/**
 * From a path of the merged document back to the text. A value stands in the document itself, in the chosen profile, or in
 * an imported file that was put in place of a reference; where more than one fits, the one that knows most of the path is
 * taken, then the profile.
 */
import { codeFrame } from './code-frame.ts';
import type { Finding, Position } from './finding.ts';
import type { ImportedPart, ReadSpec } from './parsed-spec.ts';
import type { ValueSpan } from './yaml-text.ts';

type Path = readonly (string | number)[];

/** An imported part and the path where it was put. */
export interface Mount {
  readonly at: Path;
  readonly part: ImportedPart;
}

/** Where the values of one resolved declaration were written. */
export interface Provenance {
  readonly source: ReadSpec;
  readonly profile: string | null;
  readonly mounts: readonly Mount[];
}

interface Found {
  readonly file: string;
  readonly text: string;
  readonly position: Position;
  readonly depth: number;
}

/** Puts file, position and code frame to a finding that has only a path. */
export function locate(finding: Finding, provenance: Provenance): Finding {
  if (finding.position !== undefined) return withFrame(finding, provenance);
  const found = find(finding.path, isAboutKey(finding) ? 'key' : 'value', provenance);
  if (found === null) return { ...finding, file: finding.file ?? provenance.source.file };
  return { ...finding, file: found.file, position: found.position, frame: codeFrame(found.text, found.position) };
}

/** Puts file, position and code frame to a finding about a stretch of the text that stands at its path. */
export function locateWithin(
  finding: Finding,
  within: { readonly text: string; readonly span: ValueSpan },
  provenance: Provenance,
): Finding {
  const whole = locate(finding, provenance);
  const { source, profile } = provenance;
  const inProfile = profile === null ? undefined : source.yaml.placeOf(['profiles', profile, ...finding.path]);
  const path =
    inProfile?.position.offset === whole.position?.offset && inProfile !== undefined
      ? ['profiles', profile!, ...finding.path]
      : finding.path;
  if (whole.file !== source.file) return whole;
  const position = source.yaml.positionWithin(path, within.text, within.span);
  return position === undefined ? whole : { ...whole, position, frame: codeFrame(source.text, position) };
}

function isAboutKey({ rule, path, found }: Finding): boolean {
  if (rule === 'spec/unknown-param') return found === path.at(-1);
  return rule === 'spec/unknown-key' || rule === 'spec/name' || rule === 'spec/profile-key';
}

function find(path: Path, part: 'key' | 'value', { source, profile, mounts }: Provenance): Found | null {
  const mount = mounts.find(({ at }) => at.length < path.length && at.every((name, index) => name === path[index]));
  if (mount !== undefined) {
    const place = mount.part.yaml.placeOf(path.slice(mount.at.length), part);
    if (place !== undefined) return { file: mount.part.path, text: mount.part.text, ...place };
  }
  const main = source.yaml.placeOf(path, part);
  const inProfile = profile === null ? undefined : source.yaml.placeOf(['profiles', profile, ...path], part);
  const best = inProfile !== undefined && inProfile.depth - 2 >= Math.max(1, main?.depth ?? 0) ? inProfile : main;
  return best === undefined ? null : { file: source.file, text: source.text, ...best };
}

function withFrame(finding: Finding, { source }: Provenance): Finding {
  const file = finding.file ?? source.file;
  const imported = Object.values(source.imports).find((part) => part.path === file);
  const text = file === source.file ? source.text : imported?.text;
  if (text === undefined || finding.frame !== undefined || finding.position === undefined) return { ...finding, file };
  return { ...finding, file, frame: codeFrame(text, finding.position) };
}
