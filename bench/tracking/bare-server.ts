/*
 * What the same calls cost at least in this language: an HTTP server that writes what it is given to SQLite and checks
 * nothing. On the command line: the port and the file.
 */
import { DatabaseSync } from 'node:sqlite';
import fastify from 'fastify';

interface LoggedMetric {
  readonly run_id: string;
  readonly key: string;
  readonly value: number;
  readonly timestamp: number;
  readonly step: number;
}

const [port, path] = process.argv.slice(2) as [string, string];
const database = new DatabaseSync(path);
database.exec(`pragma journal_mode = wal; pragma synchronous = normal;
  create table if not exists points (run text, key text, timestamp integer, step integer, value real,
    primary key (run, key, timestamp, step, value)) without rowid`);
const insert = database.prepare('insert into points values (?, ?, ?, ?, ?) on conflict do nothing');
const select = database.prepare('select timestamp, step, value from points where run = ? and key = ? limit ?');

const app = fastify();
app.get('/health', () => 'OK');
app.post('/api/2.0/mlflow/runs/log-metric', (request) => {
  const { run_id, key, value, timestamp, step } = request.body as LoggedMetric;
  insert.run(run_id, key, timestamp, step, value);
  return {};
});
app.post('/api/2.0/mlflow/runs/log-batch', (request) => {
  const { run_id, metrics } = request.body as { readonly run_id: string; readonly metrics: readonly LoggedMetric[] };
  database.exec('begin');
  for (const { key, value, timestamp, step } of metrics) insert.run(run_id, key, timestamp, step, value);
  database.exec('commit');
  return {};
});
app.get('/api/2.0/mlflow/metrics/get-history', (request) => {
  const { run_id, metric_key, max_results } = request.query as Readonly<Record<string, string>>;
  const rows = select.all(run_id!, metric_key!, Number(max_results));
  return { metrics: rows.map((row) => ({ key: metric_key, ...row })) };
});
await app.listen({ host: '127.0.0.1', port: Number(port) });
