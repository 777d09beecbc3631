#!/usr/bin/env node
// Puts the messages of a poison queue back into their queue, shows them, or drops them. docs/operations.md#poison-messages says when.
// node ops/replay-poison.mjs ACCOUNT QUEUE [--list | --discard]     ACCOUNT: a connection string, or the name of an account in Azure; QUEUE: such as plans
import { parseArgs } from 'node:util';
import { account, deleteMessage, releaseMessage, sendMessage, takeMessages } from './storage.mjs';

const { values, positionals } = parseArgs({ options: { list: { type: 'boolean' }, discard: { type: 'boolean' } }, allowPositionals: true });
if (positionals.length !== 2 || values.list && values.discard) {
  console.error('Usage: node ops/replay-poison.mjs ACCOUNT QUEUE [--list | --discard]');
  process.exit(2);
}

const store = account(positionals[0]);
const queue = positionals[1].replace(/-poison$/, '');
const poison = `${queue}-poison`;

/** Steps are JSON in base64; the host gives up at once on anything else, so that putting it back would change nothing. */
function step(body) {
  try {
    return JSON.parse(Buffer.from(body, 'base64').toString('utf8'));
  } catch {
    return null;
  }
}

const kept = [];
const count = { replayed: 0, discarded: 0, unreadable: 0, listed: 0 };
for (let messages; (messages = await takeMessages(store, poison)).length > 0; ) {
  for (const message of messages) {
    const content = step(message.body);
    console.log(`${message.insertedAt}  ${content ? JSON.stringify(content) : `no step: ${JSON.stringify(message.body.slice(0, 200))}`}`);
    if (values.discard) {
      await deleteMessage(store, poison, message);
      count.discarded++;
    } else if (values.list || !content) {
      kept.push(message);
      count[values.list ? 'listed' : 'unreadable']++;
    } else {
      // First put, then deleted: what dies in between comes twice, which steps allow for.
      await sendMessage(store, queue, message.body);
      await deleteMessage(store, poison, message);
      count.replayed++;
    }
  }
}
for (const message of kept) await releaseMessage(store, poison, message);
console.log(Object.entries(count).filter(([, number]) => number > 0).map(([what, number]) => `${number} ${what}`).join(', ') || `${poison} is empty`);
