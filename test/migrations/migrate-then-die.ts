/*
 * Migrates the record of a database and dies, without a chance to tidy up, after so many statements of migrations:
 * node migrate-then-die.ts ADDRESS COUNT
 */
import { recordSchemas } from '../../src/app/backup/schemas.ts';
import { type Database, type DatabaseAddress, migrate, openDatabase, type Session } from '../../src/database/index.ts';

const [address, count] = process.argv.slice(2) as [string, string];
const database = await openDatabase(JSON.parse(address) as DatabaseAddress);
let left = Number(count);

function counting(session: Session): Session {
  return {
    all: (...given) => session.all(...given),
    first: (...given) => session.first(...given),
    insert: (...given) => session.insert(...given),
    run: async (...given) => {
      const changed = await session.run(...given);
      left -= 1;
      if (left === 0) process.kill(process.pid, 'SIGKILL');
      return changed;
    },
  } as Session;
}

const watched: Database = Object.assign(Object.create(database) as Database, {
  ...counting(database),
  run: database.run.bind(database),
  kind: database.kind,
  location: database.location,
  backup: database.backup.bind(database),
  transaction: (work: (session: Session) => Promise<unknown>) =>
    database.transaction((session) => work(counting(session))),
});
for (const owner of recordSchemas) await migrate(watched, owner);
await database.close();
process.stdout.write('whole\n');
