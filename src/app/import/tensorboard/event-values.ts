import type { Metric, Tag } from '../../../tracking/index.ts';
import type { LeaveOut } from '../import-report.ts';
import { KeyNames } from '../runs/key-names.ts';
import type { RunEnd, SourceFile } from '../runs/run-source.ts';
import type { LoggedEvent, SummaryValue } from './event.ts';
import { readSession } from './hparams.ts';
import { type Media, mediaFile } from './media-file.ts';

/** What was gathered since it was last taken. */
export interface Gathered {
  readonly metrics: Metric[];
  readonly params: Tag[];
  readonly files: SourceFile[];
}

/** Who is told of what is left out. */
export interface ValueListener {
  readonly leave: LeaveOut;
  /** Counts values by their kind. */
  readonly leaveKind: (kind: string) => void;
}

/** What events say of the end of their run. */
export interface RunEnding {
  /** How the session ended, where it said so. */
  readonly end: RunEnd | null;
  /** The time of the latest event; null before there is one. */
  readonly lastAtMs: number | null;
}

/** More tags than these are not remembered, so that memory stays bounded. */
const tagsAtMost = 100_000;
/** What values are taken for of which nobody says what they are. */
const usualPlugins: readonly string[] = ['scalars', 'text'];
/** More tags with plugins that are not usual are not handed on: they are written down with every part. */
const handedOnAtMost = 1000;

/** Gathers the values of the events of one run: points, params, files. */
export class EventValues {
  readonly #listener: ValueListener;
  readonly #names: KeyNames;
  readonly #plugins = new Map<string, string>();
  readonly #unusual: [tag: string, plugin: string][] = [];
  #gathered: Gathered = { metrics: [], params: [], files: [] };
  #weight = 0;
  #end: RunEnd | null = null;
  #lastAtMs: number | null = null;

  constructor(listener: ValueListener) {
    this.#listener = listener;
    this.#names = new KeyNames(listener.leave);
  }

  /** What the events so far say of the end, for whoever goes on behind them. */
  get ending(): RunEnding {
    return { end: this.#end, lastAtMs: this.#lastAtMs };
  }

  /** Who understands which tag, where that is not to be seen from its values. */
  get plugins(): readonly (readonly [tag: string, plugin: string])[] {
    return this.#unusual;
  }

  /** Takes over what events before these said of the end, and who understands which tag. */
  recall({ end, lastAtMs }: RunEnding, plugins: EventValues['plugins']): void {
    for (const [tag, plugin] of plugins) this.#learn(tag, plugin);
    this.#end = end ?? this.#end;
    if (lastAtMs !== null && lastAtMs > (this.#lastAtMs ?? 0)) this.#lastAtMs = lastAtMs;
  }

  /** How much was gathered, in bytes, roughly. */
  get weight(): number {
    return this.#weight;
  }

  /** Gathers what an event has. @throws PlatformError ENCODING_BAD_PROTOBUF */
  add({ wallTime, step, values }: LoggedEvent): void {
    const atMs = Math.round(wallTime * 1000);
    if (Number.isSafeInteger(atMs) && atMs > (this.#lastAtMs ?? 0)) this.#lastAtMs = atMs;
    for (const one of values) {
      const plugin = this.#pluginOf(one);
      if (plugin === 'hparams') this.#addSession(one.content);
      else if (one.value.kind === 'scalar') this.#addScalar(one, { plugin, step, atMs });
      else this.#addMedia(one, { plugin, step });
    }
  }

  /** Hands out what was gathered. */
  take(): Gathered {
    const gathered = this.#gathered;
    this.#gathered = { metrics: [], params: [], files: [] };
    this.#weight = 0;
    return gathered;
  }

  /** Only the first value of a tag need say who understands it. */
  #pluginOf({ tag, plugin }: SummaryValue): string {
    const known = this.#plugins.get(tag);
    if (known !== undefined) return known;
    if (plugin !== '') this.#learn(tag, plugin);
    return plugin;
  }

  #learn(tag: string, plugin: string): void {
    if (this.#plugins.has(tag) || this.#plugins.size >= tagsAtMost) return;
    this.#plugins.set(tag, plugin);
    const isUsual = usualPlugins.includes(plugin);
    if (!isUsual && this.#unusual.length < handedOnAtMost) this.#unusual.push([tag, plugin]);
  }

  #addSession(content: Uint8Array | null): void {
    if (content === null) return;
    const { params, end } = readSession(content);
    for (const { key: name, value } of params) {
      const key = this.#names.keyOf(name);
      if (key === null) this.#listener.leave(`param ${name}`, 'another one has its key');
      else this.#gathered.params.push({ key, value });
    }
    if (end !== null) this.#end = end;
  }

  #addScalar(
    { tag, value }: SummaryValue,
    { plugin, step, atMs }: { readonly plugin: string; readonly step: bigint; readonly atMs: number },
  ): void {
    if (value.kind !== 'scalar') return;
    const isScalar = plugin === '' || plugin === 'scalars';
    const key = isScalar ? this.#names.keyOf(tag) : null;
    if (key === null) this.#listener.leaveKind(isScalar ? 'values of a tag whose key another tag has' : plugin);
    else {
      this.#gathered.metrics.push({ key, value: value.value, timestampMs: atMs, step });
      this.#weight += 100;
    }
  }

  #addMedia({ tag, value }: SummaryValue, { plugin, step }: { readonly plugin: string; readonly step: bigint }): void {
    const media = mediaOf(value, plugin);
    if (media === null) this.#listener.leaveKind(kindOf(value, plugin));
    else {
      for (const [index, one] of media.entries()) {
        const file = mediaFile(one, { tag, step, index: media.length === 1 ? null : index });
        this.#gathered.files.push(file);
        this.#weight += file.bytes.length;
      }
    }
  }
}

/** The files in a value; null where it has none that can be shown. */
function mediaOf(value: SummaryValue['value'], plugin: string): readonly Media[] | null {
  if (value.kind === 'image' || value.kind === 'audio') return [value];
  if (value.kind !== 'texts') return null;
  const { texts } = value;
  if (plugin === '' || plugin === 'text') return [{ kind: 'text', bytes: Buffer.concat(texts.flatMap(asLine)) }];
  // Width and height stand before the pictures; each sound has a label behind it.
  if (plugin === 'images') return texts.slice(2).map((bytes) => ({ kind: 'image', bytes }));
  if (plugin === 'audio') {
    return texts.filter((_, place) => place % 2 === 0).map((bytes) => ({ kind: 'audio', bytes }));
  }
  return null;
}

function asLine(text: Uint8Array): readonly Uint8Array[] {
  return [text, Buffer.from('\n')];
}

function kindOf(value: SummaryValue['value'], plugin: string): string {
  if (value.kind === 'histogram') return 'histograms';
  return plugin === '' ? 'values of no known kind' : plugin;
}
