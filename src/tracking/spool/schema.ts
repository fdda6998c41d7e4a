import type { SchemaOwner } from '../../database/index.ts';

/**
 * What waits to be sent to another server, what was set aside because that server refused it, and under which ids things
 * of this tracker are known there. `body_bytes` is what an entry holds itself, `content_bytes` that of the file it names.
 */
export const spoolSchema: SchemaOwner = {
  component: 'spool',
  migrations: [
    {
      version: 1,
      statements: [
        {
          sqlite: `create table spool_entries (
            id integer primary key autoincrement, subject text not null, kind text not null, body text not null,
            body_bytes bigint not null, content_bytes bigint not null, state text not null,
            attempts bigint not null, reason text, created_at_ms bigint not null)`,
          postgres: `create table spool_entries (
            id bigint generated always as identity primary key, subject text not null, kind text not null,
            body text not null, body_bytes bigint not null, content_bytes bigint not null, state text not null,
            attempts bigint not null, reason text, created_at_ms bigint not null)`,
        },
        "create index spool_entries_waiting on spool_entries (id) where state = 'waiting'",
        'create index spool_entries_by_subject on spool_entries (subject, kind)',
        `create table spool_ids (
          subject text primary key, remote_id text not null, remote_place text not null, created_at_ms bigint not null)`,
        'create table spool_facts (name text primary key, value text not null)',
      ],
    },
  ],
};
