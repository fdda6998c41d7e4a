/** The calls of S3 that a store of content needs, on one bucket below one prefix. */
import type { IncomingMessage } from 'node:http';
import type { RequestBody } from './request-body.ts';
import { S3Client } from './s3-client.ts';
import { isFailure, S3Failure } from './s3-errors.ts';
import { placeOf, type S3Settings } from './settings.ts';
import { presignedQuery, type QueryFields } from './signature.ts';
import { childrenOf, readXml, textIn, type XmlElement } from './xml.ts';

/** What a listing says of an object. */
export interface ListedObject {
  /** Without the prefix of the store. */
  readonly key: string;
  readonly sizeBytes: number;
  /** By the clock of the store, to the second. */
  readonly modifiedAtMs: number;
}

/** What is known of an object without its bytes. */
export interface ObjectHead {
  readonly sizeBytes: number;
  readonly etag: string;
  readonly modifiedAtMs: number;
  /** The time of the store when it said so. */
  readonly answeredAtMs: number;
}

/** Which bytes of which object, as it was. */
export interface ObjectPart {
  readonly start?: number;
  /** The byte after the last. */
  readonly end?: number;
  readonly etag?: string;
  readonly signal?: AbortSignal | undefined;
}

/** An upload in parts that was begun and neither completed nor aborted. */
export interface OpenUpload {
  readonly key: string;
  readonly uploadId: string;
  readonly begunAtMs: number;
}

/** A part that the store has received. */
export interface ReceivedPart {
  readonly part: number;
  readonly etag: string;
}

type Sized = { readonly sizeBytes: number };
type Signalled = { readonly signal?: AbortSignal | undefined };

/** One bucket, or what lies below a prefix in it. Keys are relative to the prefix. */
export class Bucket {
  readonly client: S3Client;
  readonly #prefix: string;
  /** Until the store says that it does not implement them. */
  #knowsConditions = true;

  constructor(settings: S3Settings) {
    this.client = new S3Client(settings);
    this.#prefix = settings.prefix === '' ? '' : `${settings.prefix}/`;
  }

  /** @throws S3Failure 404 for what is not there, 412 for what is not as it was any more */
  async get(key: string, part: ObjectPart = {}): Promise<IncomingMessage> {
    const { start = 0, end, etag, signal } = part;
    const isPart = start > 0 || end !== undefined;
    const headers = {
      ...(isPart ? { range: `bytes=${start}-${end === undefined ? '' : end - 1}` } : {}),
      ...(etag === undefined ? {} : { 'if-match': etag }),
    };
    return await this.client.send({ method: 'GET', key: this.#full(key), headers, signal });
  }

  /** Null for what is not there. */
  async head(key: string, options: Signalled = {}): Promise<ObjectHead | null> {
    try {
      return await this.#headOnce(key, options);
    } catch (error) {
      if (!isFailure(error, 400, 403)) throw error;
      // Answers to HEAD do not say why. Whoever asks for a byte is told, and may have signed in anew.
      await this.#askForByte(key, options);
      return await this.#headOnce(key, options);
    }
  }

  /**
   * Writes an object that must not be there. A store that knows no such condition may write equal bytes again.
   * @returns false where it is there already, and stays as it is
   */
  async create(key: string, body: RequestBody, { signal }: Signalled = {}): Promise<boolean> {
    return await this.#unlessThere(key, (headers) =>
      this.client.sendForText({ method: 'PUT', key: this.#full(key), headers, body, signal }),
    );
  }

  /** Writes an object whose name is its whole meaning. */
  async mark(key: string): Promise<void> {
    await this.client.sendForText({ method: 'PUT', key: this.#full(key), body: new Uint8Array(0) });
  }

  /** Removes an object; only as it was, where that is said. Nothing happens where it is not there. */
  async remove(key: string, { etag }: { readonly etag?: string } = {}): Promise<void> {
    const headers = etag === undefined ? {} : { 'if-match': etag };
    try {
      await this.client.sendForText({ method: 'DELETE', key: this.#full(key), headers });
    } catch (error) {
      if (!isFailure(error, 404, 412)) throw error;
    }
  }

  /** Copies an object as it was, within the store. */
  async copy(from: string, to: string, etag: string): Promise<void> {
    const { path } = placeOf({ ...this.client.settings, addressing: 'path', endpoint: 'http://s3' }, this.#full(from));
    const headers = { 'x-amz-copy-source': path.slice(1), 'x-amz-copy-source-if-match': etag };
    await this.client.sendForText({ method: 'PUT', key: this.#full(to), headers });
  }

  /** All objects whose keys begin so, in the order of their keys. */
  async *list(begin: string, { signal }: Signalled = {}): AsyncGenerator<ListedObject> {
    let after: QueryFields = [];
    do {
      const query: QueryFields = [['list-type', '2'], ['prefix', this.#full(begin)], ...after];
      const page = await this.#ask(null, query, signal);
      for (const entry of childrenOf(page, 'Contents')) yield this.#listed(entry);
      const next = textIn(page, 'NextContinuationToken');
      after = next === null ? [] : [['continuation-token', next]];
    } while (after.length > 0);
  }

  /** Begins an upload in parts. @returns its id */
  async beginUpload(key: string, { signal }: Signalled = {}): Promise<string> {
    const request = { method: 'POST', key: this.#full(key), query: [['uploads', '']], signal } as const;
    return required(parsed((await this.client.sendForText(request)).text), 'UploadId');
  }

  async sendPart(
    upload: Omit<OpenUpload, 'begunAtMs'>,
    part: number,
    body: RequestBody,
    { signal }: Signalled = {},
  ): Promise<ReceivedPart> {
    const query: QueryFields = [
      ['partNumber', String(part)],
      ['uploadId', upload.uploadId],
    ];
    const request = { method: 'PUT', key: this.#full(upload.key), query, body, signal } as const;
    const { headers } = await this.client.sendForText(request);
    return { part, etag: headers.etag ?? '' };
  }

  /** Makes the object of its parts. @returns false where an object of this name is there already, and stays as it is */
  async completeUpload(
    upload: Omit<OpenUpload, 'begunAtMs'>,
    parts: readonly ReceivedPart[],
    { signal }: Signalled = {},
  ): Promise<boolean> {
    const listed = parts.map(
      ({ part, etag }) => `<Part><PartNumber>${part}</PartNumber><ETag>${escapeXml(etag)}</ETag></Part>`,
    );
    const document = `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${listed.join('')}</CompleteMultipartUpload>`;
    const query: QueryFields = [['uploadId', upload.uploadId]];
    return await this.#unlessThere(upload.key, async (condition) => {
      const [body, headers] = [Buffer.from(document), { 'content-type': 'application/xml', ...condition }];
      const request = { method: 'POST', key: this.#full(upload.key), query, headers, body, signal } as const;
      await this.client.sendForText(request);
    });
  }

  /** Forgets an upload and its parts. Nothing happens where there is none. */
  async abortUpload({ key, uploadId }: Omit<OpenUpload, 'begunAtMs'>): Promise<void> {
    try {
      await this.client.sendForText({ method: 'DELETE', key: this.#full(key), query: [['uploadId', uploadId]] });
    } catch (error) {
      if (!isFailure(error, 404)) throw error;
    }
  }

  /** The parts of an upload that the store has. */
  async *receivedParts({ key, uploadId }: Omit<OpenUpload, 'begunAtMs'>): AsyncGenerator<ReceivedPart & Sized> {
    let after: QueryFields = [];
    do {
      const page = await this.#ask(this.#full(key), [['uploadId', uploadId], ...after], undefined);
      for (const entry of childrenOf(page, 'Part')) {
        const [part, sizeBytes] = [required(entry, 'PartNumber'), required(entry, 'Size')].map(Number);
        yield { part: part!, sizeBytes: sizeBytes!, etag: required(entry, 'ETag') };
      }
      const last = textIn(page, 'NextPartNumberMarker');
      after = textIn(page, 'IsTruncated') === 'true' && last !== null ? [['part-number-marker', last]] : [];
    } while (after.length > 0);
  }

  /** All uploads whose keys begin so that were begun and did not end. */
  async *openUploads(begin = ''): AsyncGenerator<OpenUpload> {
    let after: QueryFields = [];
    do {
      const page = await this.#ask(null, [['uploads', ''], ['prefix', this.#full(begin)], ...after], undefined);
      for (const entry of childrenOf(page, 'Upload')) {
        const key = required(entry, 'Key');
        // Some stores list all uploads, whatever the prefix.
        if (!key.startsWith(this.#full(begin))) continue;
        const [uploadId, begunAtMs] = [required(entry, 'UploadId'), Date.parse(required(entry, 'Initiated'))];
        yield { key: key.slice(this.#prefix.length), uploadId, begunAtMs };
      }
      const [key, uploadId] = [textIn(page, 'NextKeyMarker'), textIn(page, 'NextUploadIdMarker')];
      const isCut = textIn(page, 'IsTruncated') === 'true' && key !== null && uploadId !== null;
      after = isCut
        ? [
            ['key-marker', key],
            ['upload-id-marker', uploadId],
          ]
        : [];
    } while (after.length > 0);
  }

  /** A link by which an object can be read without credentials. @param expiresInS at most seven days */
  async linkTo(
    key: string,
    link: { readonly atMs: number; readonly expiresInS: number; readonly query?: QueryFields },
  ): Promise<string> {
    const { settings } = this.client;
    const { host, path } = placeOf(settings, this.#full(key));
    const signing = {
      credentials: await this.client.credentials(),
      region: settings.region,
      service: 's3',
      atMs: link.atMs,
    };
    const query = presignedQuery(
      { method: 'GET', path, query: link.query ?? [], headers: { host } },
      signing,
      link.expiresInS,
    );
    return `${new URL(settings.endpoint).protocol}//${host}${path}?${query}`;
  }

  /** Does what is refused where an object is there already: 412, or 409 where somebody else makes it at this moment. */
  async #unlessThere(
    key: string,
    work: (headers: Readonly<Record<string, string>>) => Promise<unknown>,
  ): Promise<boolean> {
    try {
      if (this.#knowsConditions) {
        await work({ 'if-none-match': '*' });
        return true;
      }
    } catch (error) {
      if (isFailure(error, 409, 412)) return false;
      if (!isFailure(error, 501) && !(error instanceof S3Failure && error.code === 'NotImplemented')) throw error;
      this.#knowsConditions = false;
    }
    // Of two who look at once both may write, and both write the same bytes: keys of content are digests.
    if ((await this.head(key)) !== null) return false;
    await work({});
    return true;
  }

  async #headOnce(key: string, { signal }: Signalled): Promise<ObjectHead | null> {
    try {
      const { headers } = await this.client.sendForText({ method: 'HEAD', key: this.#full(key), signal });
      return headOf(headers);
    } catch (error) {
      if (isFailure(error, 404)) return null;
      throw error;
    }
  }

  async #askForByte(key: string, options: Signalled): Promise<void> {
    try {
      (await this.get(key, { end: 1, ...options })).destroy();
    } catch (error) {
      if (!isFailure(error, 404, 416)) throw error;
    }
  }

  async #ask(key: string | null, query: QueryFields, signal: AbortSignal | undefined): Promise<XmlElement> {
    return parsed((await this.client.sendForText({ method: 'GET', key, query, signal })).text);
  }

  #listed(entry: XmlElement): ListedObject {
    return {
      key: required(entry, 'Key').slice(this.#prefix.length),
      sizeBytes: Number(required(entry, 'Size')),
      modifiedAtMs: Date.parse(required(entry, 'LastModified')),
    };
  }

  #full(key: string): string {
    return `${this.#prefix}${key}`;
  }
}

/** What the headers of an answer say of an object. */
export function headOf(headers: IncomingMessage['headers']): ObjectHead {
  return {
    sizeBytes: Number(headers['content-length']),
    etag: headers.etag ?? '',
    modifiedAtMs: Date.parse(headers['last-modified'] ?? ''),
    answeredAtMs: Date.parse(headers.date ?? ''),
  };
}

function parsed(text: string): XmlElement {
  const root = readXml(text);
  if (root === null) throw new S3Failure(502, '', {});
  return root;
}

function required(element: XmlElement, name: string): string {
  const text = textIn(element, name);
  if (text === null)
    throw new S3Failure(502, `<Error><Code>BadAnswer</Code><Message>the answer lacks ${name}</Message></Error>`, {});
  return text;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
