// Tables and queues of a storage account over its REST API: for the procedures of docs/operations.md. No dependencies but Node.js 20.
// An account is a connection string (Azurite, or an account with shared keys), or the name of an account in Azure; then the Azure CLI signs in.
import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';

const version = '2020-12-06'; // the first by which tables take a token
const attempts = 5;

export function account(text) {
  const fields = Object.fromEntries(text.split(';').filter(part => part.includes('=')).map(part => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]));
  if (fields.AccountName) {
    const suffix = `${fields.AccountName}.${'{}'}.${fields.EndpointSuffix ?? 'core.windows.net'}`;
    const endpoint = (name, service) => (fields[name] ?? `https://${suffix.replace('{}', service)}`).replace(/\/$/, '');
    return { name: fields.AccountName, key: fields.AccountKey, table: endpoint('TableEndpoint', 'table'), queue: endpoint('QueueEndpoint', 'queue') };
  }
  if (!/^[a-z0-9]{3,24}$/.test(text)) throw new Error(`'${text}' is neither a connection string nor the name of a storage account`);
  return { name: text, table: `https://${text}.table.core.windows.net`, queue: `https://${text}.queue.core.windows.net` };
}

let token;
function bearer() {
  // Good for an hour; asked for again in time.
  if (!token || Date.now() > token.until) {
    const value = execFileSync('az', ['account', 'get-access-token', '--resource', 'https://storage.azure.com/', '--query', 'accessToken', '--output', 'tsv'], { encoding: 'utf8' });
    token = { value: value.trim(), until: Date.now() + 20 * 60_000 };
  }
  return token.value;
}

/** https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key */
function sign(store, service, method, url, headers, length) {
  const path = `/${store.name}${url.pathname}`;
  const query = [...url.searchParams].sort(([a], [b]) => (a < b ? -1 : 1));
  const text = service === 'table'
    ? [method, '', headers['content-type'] ?? '', headers['x-ms-date'], path + (url.searchParams.has('comp') ? `?comp=${url.searchParams.get('comp')}` : '')].join('\n')
    : [
      method, '', '', length || '', '', headers['content-type'] ?? '', '', '', '', '', '', '',
      ...Object.keys(headers).filter(name => name.startsWith('x-ms-')).sort().map(name => `${name}:${headers[name]}`),
      path + query.map(([name, value]) => `\n${name.toLowerCase()}:${value}`).join(''),
    ].join('\n');
  return `SharedKey ${store.name}:${createHmac('sha256', Buffer.from(store.key, 'base64')).update(text, 'utf8').digest('base64')}`;
}

/** Sends a request; what the service was too busy for is sent again. Throws at any status that is not expected. */
export async function call(store, service, method, path, { body, headers = {}, expected = [200] } = {}) {
  const url = new URL(store[service] + path);
  for (let attempt = 1; ; attempt++) {
    const all = { ...headers, 'x-ms-date': new Date().toUTCString(), 'x-ms-version': version };
    if (service === 'table') Object.assign(all, { dataserviceversion: '3.0', accept: 'application/json;odata=fullmetadata' });
    all.authorization = store.key ? sign(store, service, method, url, all, Buffer.byteLength(body ?? '')) : `Bearer ${bearer()}`;
    let answer;
    try {
      answer = await fetch(url, { method, headers: all, body });
    } catch (error) {
      if (attempt === attempts) throw error;
    }
    if (answer) {
      const text = await answer.text();
      if (expected.includes(answer.status)) return { status: answer.status, headers: answer.headers, text };
      if (attempt === attempts || answer.status < 500) throw new Error(`${method} ${url.pathname}: ${answer.status}\n${text}`);
    }
    await new Promise(resolve => setTimeout(resolve, 500 * 2 ** attempt));
  }
}

export async function tables(store) {
  const names = [];
  for (let next = ''; ; ) {
    const { headers, text } = await call(store, 'table', 'GET', `/Tables${next && `?NextTableName=${encodeURIComponent(next)}`}`);
    names.push(...JSON.parse(text).value.map(table => table.TableName));
    next = headers.get('x-ms-continuation-nexttablename') ?? '';
    if (!next) return names;
  }
}

/** The entities of a table, page by page, each as the properties that an insert takes. */
export async function* entities(store, table) {
  for (let next = ''; ; ) {
    const { headers, text } = await call(store, 'table', 'GET', `/${table}()${next}`);
    yield JSON.parse(text).value.map(entity => Object.fromEntries(
      Object.entries(entity).filter(([name]) => !name.startsWith('odata.') && !/^(Timestamp|PartitionKey|RowKey)(@|$)/.test(name) || name === 'PartitionKey' || name === 'RowKey')));
    const [partition, row] = ['partitionkey', 'rowkey'].map(name => headers.get(`x-ms-continuation-next${name}`));
    if (!partition) return;
    next = `?NextPartitionKey=${encodeURIComponent(partition)}${row ? `&NextRowKey=${encodeURIComponent(row)}` : ''}`;
  }
}

export const createTable = (store, table) => call(store, 'table', 'POST', '/Tables', {
  body: JSON.stringify({ TableName: table }), headers: { 'content-type': 'application/json' }, expected: [201, 409],
});

/** Inserts, or replaces. */
export const putEntity = (store, table, entity) => {
  const key = value => encodeURIComponent(value.replaceAll("'", "''")).replaceAll("'", '%27');
  return call(store, 'table', 'PUT', `/${table}(PartitionKey='${key(entity.PartitionKey)}',RowKey='${key(entity.RowKey)}')`, {
    body: JSON.stringify(entity), headers: { 'content-type': 'application/json' }, expected: [204],
  });
};

const element = (xml, name) => xml.match(new RegExp(`<${name}>([^<]*)</${name}>`))?.[1];

/** Up to 32 messages, which nobody else sees for five minutes. Their bodies are left encoded as they are. */
export async function takeMessages(store, queue) {
  const { text } = await call(store, 'queue', 'GET', `/${queue}/messages?numofmessages=32&visibilitytimeout=300`);
  return [...text.matchAll(/<QueueMessage>(.*?)<\/QueueMessage>/gs)].map(([, xml]) => ({
    id: element(xml, 'MessageId'), receipt: element(xml, 'PopReceipt'), body: element(xml, 'MessageText') ?? '', insertedAt: element(xml, 'InsertionTime'),
  }));
}

export const sendMessage = (store, queue, body) => call(store, 'queue', 'POST', `/${queue}/messages`, {
  body: `<QueueMessage><MessageText>${body}</MessageText></QueueMessage>`, headers: { 'content-type': 'application/xml' }, expected: [201],
});

export const deleteMessage = (store, queue, { id, receipt }) =>
  call(store, 'queue', 'DELETE', `/${queue}/messages/${id}?popreceipt=${encodeURIComponent(receipt)}`, { expected: [204] });

/** Gives a message back at once. */
export const releaseMessage = (store, queue, { id, receipt, body }) =>
  call(store, 'queue', 'PUT', `/${queue}/messages/${id}?popreceipt=${encodeURIComponent(receipt)}&visibilitytimeout=0`, {
    body: `<QueueMessage><MessageText>${body}</MessageText></QueueMessage>`, headers: { 'content-type': 'application/xml' }, expected: [204],
  });
