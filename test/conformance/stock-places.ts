/* Where a server that stock clients talk to keeps what it is given. */
import { join } from 'node:path';
import { newId } from '../../src/encoding/index.ts';
import { newPostgresDatabase } from '../contract/postgres-database.ts';
import { startS3Server } from '../s3/s3-server.ts';

/** What the command line of the server is given, and what ends with the test. */
export interface StockPlace {
  readonly store: string;
  readonly options: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

/** One person's: a folder, with SQLite in it. */
export async function folderPlace(home: string): Promise<StockPlace> {
  return { store: join(home, 'state'), options: [], env: {}, remove: async () => undefined };
}

/** A team's: PostgreSQL, and a bucket for artifacts. */
export async function teamPlace(): Promise<StockPlace> {
  const database = await newPostgresDatabase();
  const s3 = await startS3Server();
  return {
    store: database.url,
    options: ['--artifacts', `s3://${s3.bucket}/${newId('team')}`],
    env: {
      AWS_ACCESS_KEY_ID: s3.writer.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3.writer.secretAccessKey,
      AWS_REGION: s3.region,
      AWS_ENDPOINT_URL_S3: s3.endpoint,
    },
    remove: async () => {
      await s3.close();
      await database.remove();
    },
  };
}
