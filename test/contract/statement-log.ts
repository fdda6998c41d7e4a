import { expect } from 'vitest';
import { digestOf } from '../../src/encoding/index.ts';
import type { MetadataStore } from '../../src/metadata/index.ts';
import { sampleExecution, sampleRun, sampleStatement } from './metadata-records.ts';

const code = (expected: string): object => expect.objectContaining({ code: expected });

/** Statements enter the log in the transaction that writes them, each at its own place. */
export async function statementsEnterTheLog(store: MetadataStore): Promise<void> {
  const { id } = await store.createRun(sampleRun());
  const executions = Array.from({ length: 20 }, () => sampleExecution(id));
  const before = await store.logSize();
  const layout = { runId: id, predicateType: 'urn:layout' };
  await store.putRunStatement(layout, sampleStatement(`{"layout":"${id}"}`));
  await expect(store.putRunStatement(layout, sampleStatement(`{"layout":"${id}"}`))).rejects.toEqual(
    code('DATABASE_CONSTRAINT'),
  );
  await Promise.all(
    executions.map((execution) => store.publish({ execution, statement: sampleStatement(`"${execution.id}"`) })),
  );
  const refused = store.publish({ execution: executions[0]!, statement: sampleStatement('"again"') });
  await expect(refused).rejects.toEqual(code('METADATA_EXECUTION_ENDED'));
  const places = (await store.statements(id)).map(({ logPlace }) => logPlace!);
  const expected = Array.from({ length: 20 }, (_, index) => before + index + 1);
  expect([...places].sort((a, b) => a - b)).toEqual(expected);
  expect(await store.logSize()).toBe(before + 21);
  const entries = await store.logEntries(0, before + 21);
  for (const statement of [...(await store.statements(id)), ...(await store.runStatements(id))]) {
    expect(entries[statement.logPlace!]).toBe(sampleStatement(statement.body).logEntry);
  }
  expect(await store.logEntries(5, 7)).toEqual(entries.slice(5, 7));
  expect((await store.statementOf(executions[3]!.id))?.body).toBe(`"${executions[3]!.id}"`);
  expect(await store.statementOf('exe_none')).toBeNull();
  await store.eraseStatement(executions[3]!.id);
  expect(await store.statements(id)).toHaveLength(19);
  expect((await store.allStatements()).filter(({ body }) => body === '')).toMatchObject([
    { digest: digestOf(`"${executions[3]!.id}"`), signatures: [] },
  ]);
  expect(await store.executionOfStatement(digestOf(`"${executions[3]!.id}"`))).toBe(executions[3]!.id);
  expect(await store.executionOfStatement(digestOf('none'))).toBeNull();
  expect(await store.logSize()).toBe(before + 21);
  expect(await store.runStatements(id)).toMatchObject([{ ...layout, body: `{"layout":"${id}"}`, logPlace: before }]);
}
