#!/usr/bin/env node
// Drives a running, empty installation end to end: profiles, a segment, a connection, a destination, three runs; checks every number.
// node .ci/smoke.mjs http://localhost:7071/api/v1 KEY        The app must be let to call 127.0.0.1 (Outbound__AllowPrivateAddresses).
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

const [api, key] = process.argv.slice(2);
if (!api || !key) {
  console.error('Usage: node .ci/smoke.mjs API KEY');
  process.exit(2);
}

const members = new Map();
const receiver = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  for (const record of JSON.parse(body).records) {
    const id = record.fields.user_id;
    if (record.operation === 'remove') members.delete(id);
    else members.set(id, record.fields);
  }
  response.end();
}).listen(0, '127.0.0.1');
await new Promise(resolve => receiver.on('listening', resolve));

async function call(method, path, body, expected, headers = {}) {
  const response = await fetch(path.startsWith('http') ? path : api + path, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body: body && JSON.stringify(body),
  });
  const text = await response.text();
  if (!expected.includes(response.status)) {
    throw new Error(`${method} ${path}: ${response.status} instead of ${expected.join(' or ')}\n${text}`);
  }
  return text ? JSON.parse(text) : null;
}

function check(what, found, wanted) {
  if (!isDeepStrictEqual(found, wanted)) {
    throw new Error(`${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`);
  }
  console.log(`ok  ${what}`);
}

async function finished(id) {
  for (let tries = 0; tries < 240; tries++) {
    const run = await call('GET', `/runs/${id}`, null, [200]);
    if (['succeeded', 'partial', 'failed', 'cancelled', 'skipped'].includes(run.status)) return run;
    await sleep(500);
  }
  throw new Error(`${id} did not finish within two minutes`);
}

async function syncNow(destination) {
  // The run before may not have let go of the destination yet.
  for (let tries = 0; tries < 60; tries++) {
    const answer = await call('POST', `/destinations/${destination}/runs`, null, [202, 409]);
    if (answer.id) return finished(answer.id);
    await sleep(500);
  }
  throw new Error('no run could be started');
}

const identify = (id, country, orders) => ({ op: 'identify', id, identifiers: { email: `${id}@example.com` }, attributes: { country, orders } });

for (let tries = 0; ; tries++) {
  try {
    await call('GET', '/health/live', null, [200]);
    break;
  } catch (error) {
    if (tries === 120) throw error;
    await sleep(500);
  }
}
await call('GET', '/health/ready', null, [200]);
await call('GET', '/segments', null, [401], { authorization: '' });
console.log('ok  it answers, and asks for a key');

const batch = await call('POST', '/profiles/batch', { operations: [identify('c-1', 'DE', 3), identify('c-2', 'FR', 1), identify('c-3', 'DE', 5)] }, [207]);
check('profiles accepted', batch.accepted, 3);
const segment = await call('POST', '/segments', { name: 'Smoke', visibility: 'shared', rules: { all: [{ attr: 'orders', op: 'gte', value: 3 }] } }, [201]);
const connection = await call(
  'POST', '/connections', { type: 'webhook', name: 'Smoke', settings: { url: `http://127.0.0.1:${receiver.address().port}/` } }, [201]);
const destination = await call('POST', '/destinations', {
  name: 'Smoke', source: { segmentId: segment.id }, connectionId: connection.id, mode: 'mirror', schedule: { intervalMinutes: 1440 },
  mapping: [{ from: 'id', to: 'user_id', identifier: true }, { from: 'country', to: 'country' }],
}, [201]);

let first;
for (let tries = 0; !first && tries < 60; tries++) {
  first = (await call('GET', `/runs?destinationId=${destination.id}`, null, [200])).value[0];
  if (!first) await sleep(500);
}
const backfill = await finished(first.id);
check('first run', [backfill.status, backfill.delivered], ['succeeded', { add: 2, update: 0, remove: 0 }]);
check('members at the receiver', [...members.keys()].sort(), ['c-1', 'c-3']);

await call('POST', '/profiles/batch', { operations: [identify('c-1', 'AT', 3), identify('c-2', 'FR', 4), identify('c-3', 'DE', 2)] }, [207]);
const delta = await syncNow(destination.id);
check('second run', [delta.status, delta.delivered], ['succeeded', { add: 1, update: 1, remove: 1 }]);
check('members after it', [...members].sort(), [['c-1', { user_id: 'c-1', country: 'AT' }], ['c-2', { user_id: 'c-2', country: 'FR' }]]);

const still = await syncNow(destination.id);
check('a run without news makes no call', [still.status, still.requests], ['succeeded', 0]);
receiver.close();
console.log('3 runs, all numbers right');
