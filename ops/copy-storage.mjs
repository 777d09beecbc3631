#!/usr/bin/env node
// Copies all tables of an account: to another account, or to and from a folder. docs/operations.md#backup-and-restore says when.
// node ops/copy-storage.mjs FROM TO     each a connection string, the name of an account in Azure, or a folder (with a slash in it)
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { account, createTable, entities, putEntity, tables } from './storage.mjs';

const parallel = 16;
const [from, to] = process.argv.slice(2);
if (!from || !to) {
  console.error('Usage: node ops/copy-storage.mjs FROM TO     a connection string, the name of an account, or a folder (with a slash in it)');
  process.exit(2);
}

// Base64 keys have slashes too.
const isFolder = text => text.includes('/') && !text.includes('AccountName=');
const extension = '.ndjson';

const source = isFolder(from)
  ? {
    list: async () => (await readdir(from)).filter(name => name.endsWith(extension)).map(name => name.slice(0, -extension.length)),
    async *read(table) {
      for await (const line of createInterface({ input: createReadStream(join(from, table + extension)), crlfDelay: Infinity })) yield [JSON.parse(line)];
    },
  }
  : { list: () => tables(account(from)), read: table => entities(account(from), table) };

async function writeFolder(table) {
  await mkdir(to, { recursive: true });
  const file = createWriteStream(join(to, table + extension), { mode: 0o600 });
  return {
    put: async entity => { if (!file.write(`${JSON.stringify(entity)}\n`)) await once(file, 'drain'); },
    end: async () => { file.end(); await once(file, 'finish'); },
  };
}

async function writeAccount(table) {
  const store = account(to);
  await createTable(store, table);
  return { put: entity => putEntity(store, table, entity), end: async () => {} };
}

let total = 0;
for (const table of (await source.list()).sort()) {
  const target = await (isFolder(to) ? writeFolder(table) : writeAccount(table));
  const running = new Set();
  let count = 0;
  for await (const page of source.read(table)) {
    for (const entity of page) {
      const task = target.put(entity).finally(() => running.delete(task));
      running.add(task);
      if (isFolder(to) || running.size >= parallel) await (isFolder(to) ? task : Promise.race(running));
      count++;
    }
  }
  await Promise.all(running);
  await target.end();
  total += count;
  console.log(`${table}: ${count}`);
}
console.log(`${total} entities copied`);
