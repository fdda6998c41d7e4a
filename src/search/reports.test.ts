import { Readable } from 'node:stream';
import { beforeEach, expect, test } from 'vitest';
import { describeTracker, type TrackerPlace } from '../../test/tracking/tracker-place.ts';
import type { Digest } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import { parseArtifactPath } from '../tracking/index.ts';
import type { ReportSource } from './keep-reports.ts';
import { openTextSearch } from './open-text-search.ts';
import { reportText } from './report-text.ts';
import type { TextSearch } from './text-search.ts';

test('of a page what is shown is found, of a long report the beginning, which it says', () => {
  const text = (name: string, content: string) => reportText(name, Buffer.from(content));
  const page =
    '<html><style>hidden{}</style><h1>Error <b>analysis</b></h1><!-- hidden --><script>hidden("</div>")</script><p>R&amp;D &#233;t&eacute; &lt;b></p>';
  expect(text('a.html', page)?.text).toBe('Error analysis\nR&D ét&eacute; <b>');
  expect(text('a.md', `# Title\n\nfirst\nline\n\n\n![x](data:image/png;base64,${'A'.repeat(500)})`)?.text).toBe(
    '# Title\nfirst line',
  );
  expect(reportText('a.md', Buffer.from([0, 1]))).toBe(null);
  const long = text('long.md', 'word '.repeat(10_000));
  expect(long?.name).toBe('long.md (first 20,000 of 49,999 characters)');
  expect(long?.text).toHaveLength(20_000);
  for (const hostile of [
    '<'.repeat(50_000),
    '<!--'.repeat(20_000),
    '<script'.repeat(20_000),
    '&#xffffff;&#xd800;',
    '<script>'.repeat(9000),
  ])
    expect(text('x.html', hostile)?.text.length).toBeLessThan(60_000);
});

describeTracker((opened) => {
  let { database, store, tracking, artifacts } = {} as TrackerPlace;
  let texts: TextSearch;
  let source: ReportSource;
  beforeEach(async () => {
    ({ database, store, tracking, artifacts } = opened());
    source = {
      read: (digest, { maxBytes }) => store.read(digest, { maxBytes }),
      ofRun: async () => ({ runId: 'none', reports: [] }),
    };
    texts = await openTextSearch(database, { keepForMs: 60_000, reports: source });
  });
  const put = async (path: string, text: string): Promise<void> => {
    await artifacts.paths.put(parseArtifactPath(path), Readable.from([Buffer.from(text)]));
  };
  const found = async (text: string): Promise<string[]> =>
    (await texts.search({ text, limit: 1000 })).items.map(({ key }) => key);

  test('they are found with their run or model, until they are changed, removed, or their run is deleted', async () => {
    const { info } = await tracking.createRun({ experimentId: '0', name: 'evaluated' });
    const model = await tracking.createLoggedModel({ experimentId: '0', name: 'net' });
    await put(`0/${info.runId}/artifacts/eval/report.md`, '# Errors\n\nConfuses herons with storks.');
    await put(`0/${info.runId}/artifacts/data.csv`, 'pelican');
    await put(`0/models/${model.modelId}/artifacts/README.md`, 'Licensed for pond birds.');
    await put('0/nobody/artifacts/report.md', 'grebe');
    expect([await found('herons storks'), await found('report:herons'), await found('pond')]).toEqual([
      [info.runId],
      [info.runId],
      [model.modelId],
    ]);
    expect([await found('pelican'), await found('grebe'), await found('tag:herons')]).toEqual([[], [], []]);
    const { items } = await texts.search({ text: 'herons', limit: 1 });
    expect(items[0]?.snippets[0]).toMatchObject({ field: 'report', label: 'report eval/report.md' });
    await put(`0/${info.runId}/artifacts/eval/report.md`, 'Confuses nothing.');
    expect([await found('herons'), await found('confuses nothing')]).toEqual([[], [info.runId]]);
    await tracking.deleteRun(info.runId);
    expect(await found('confuses')).toEqual([]);
    await tracking.restoreRun(info.runId);
    expect(await found('confuses')).toEqual([info.runId]);
    await artifacts.paths.remove(parseArtifactPath(`0/${info.runId}/artifacts/eval`));
    expect(await found('confuses')).toEqual([]);
  });

  test('a name is a better answer than a report, and a store that fails stops no search', async () => {
    const { info } = await tracking.createRun({ experimentId: '0', name: 'with report' });
    await put(`0/${info.runId}/artifacts/notes.txt`, 'about kestrels, at length');
    const named = await tracking.createRun({ experimentId: '0', name: 'kestrels' });
    const param = await tracking.createRun({ experimentId: '0', name: 'other' });
    await tracking.logBatch(param.info.runId, { params: [{ key: 'bird', value: 'kestrels' }] });
    const { info: newest } = await tracking.createRun({ experimentId: '0', name: 'newest' });
    await put(`0/${newest.runId}/artifacts/report.html`, '<p>kestrels</p>');
    const broken = { ...source, read: () => Promise.reject(new Error('away')) };
    const without = await (await openTextSearch(database, { reports: broken })).search({ text: 'kestrels', limit: 9 });
    expect(without.items.map(({ key }) => key)).toEqual([named.info.runId, param.info.runId]);
    expect(without.isUpToDate).toBe(false);
    expect(await found('kestrels')).toEqual([named.info.runId, param.info.runId, newest.runId, info.runId]);
  });

  test('one that can never be read is told of once, and keeps no other waiting (SEARCH_REPORT_UNREADABLE)', async () => {
    const { info } = await tracking.createRun({ experimentId: '0', name: 'spoilt' });
    await put(`0/${info.runId}/artifacts/first.md`, 'unreadable');
    const { digest } = (await database.first<{ digest: Digest }>('select digest from artifact_paths'))!;
    for (let index = 0; index < 20; index++) await put(`0/${info.runId}/artifacts/part-${index}.md`, `plover${index}`);
    const spoilt: ReportSource = {
      ...source,
      read: async (asked, options) => {
        if (asked === digest) throw new PlatformError('ARTIFACT_STORE_DENIED', { message: 'may not be read' });
        return await source.read(asked, options);
      },
    };
    const search = await openTextSearch(database, { keepForMs: 60_000, reports: spoilt });
    const told: string[] = [];
    expect((await search.search({ text: 'plover19', limit: 5 })).isUpToDate).toBe(false);
    while (!(await search.tidy().catch((error: PlatformError) => void told.push(`${error.code} ${error.message}`))));
    expect(told).toEqual([expect.stringMatching(/^SEARCH_REPORT_UNREADABLE .*first\.md.*may not be read$/)]);
    const ask = async () => await search.search({ text: 'plover19', limit: 5 });
    expect(await ask()).toMatchObject({ items: [{ key: info.runId }], isUpToDate: true });
    await put(`0/${info.runId}/artifacts/later.md`, 'sanderling');
    expect(await search.tidy()).toBe(true);
    const other = await openTextSearch(database, { reports: spoilt });
    await other.complete({ onUnreadable: (error) => told.push(error.code) });
    expect(told.slice(1)).toEqual(['SEARCH_REPORT_UNREADABLE']);
    // Who can read it finds it.
    expect(await found('unreadable')).toEqual([info.runId]);
  });

  test('texts that are too long are cut, and that is said', async () => {
    const { info } = await tracking.createRun({ experimentId: '0', name: 'wordy' });
    for (let index = 0; index < 4; index++)
      await put(
        `0/${info.runId}/artifacts/part-${index}.md`,
        `begin${index} ${'filling words '.repeat(1600)}end${index}`,
      );
    const { items } = await texts.search({ text: 'begin0', limit: 1 });
    expect(items).toMatchObject([{ key: info.runId, isCut: true }]);
    expect(items[0]!.snippets[0]!.label).toMatch(/^report part-0\.md \(first 20,000 of [\d,]+ characters\)$/);
    expect(await found('end0')).toEqual([]);
  });
});
