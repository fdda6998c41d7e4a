import type { MigrationStatement, SchemaOwner } from '../../database/index.ts';

/** A path in a table whose order is that of its bytes, on both databases, and which on SQLite lies in that order. */
function pathTable(name: string, columns: string): MigrationStatement {
  return {
    sqlite: `create table ${name} (path text primary key, ${columns}) without rowid`,
    postgres: `create table ${name} (path text collate "C" primary key, ${columns})`,
  };
}

/** The tables of artifact paths and of uploads in parts. Times are milliseconds. */
export const artifactPathsSchema: SchemaOwner = {
  component: 'artifact-paths',
  migrations: [
    {
      version: 1,
      statements: [
        pathTable('artifact_paths', 'digest text not null, size_bytes bigint not null, created_at_ms bigint not null'),
        // The digest is that of the whole file, once the upload was completed.
        `create table artifact_uploads (
          upload_id text primary key, path text not null, part_count bigint not null, created_at_ms bigint not null,
          digest text)`,
        `create table artifact_upload_parts (
          upload_id text not null references artifact_uploads (upload_id), part bigint not null, digest text not null,
          size_bytes bigint not null, primary key (upload_id, part))`,
      ],
    },
  ],
};
