#!/usr/bin/env node
// A receiver for the webhook connector, to play with: keeps the members it is sent, by path, and prints each call.
// node requests/receiver.mjs [PORT]     GET of a path shows its members. Addresses @rejected.example are refused, each record for itself.
import { createServer } from 'node:http';

const port = Number(process.argv[2] ?? 9000);
const audiences = new Map();

function apply(members, { records = [] }) {
  const errors = [];
  for (const { recordId, operation, fields } of records) {
    if (operation === 'remove') members.delete(fields.user_id);
    else if (fields.email?.endsWith('@rejected.example')) errors.push({ recordId, message: 'no such mailbox', retryable: false });
    else members.set(fields.user_id, fields);
  }
  return errors.length ? { errors } : {};
}

createServer(async (request, response) => {
  let text = '';
  for await (const chunk of request) text += chunk;
  const members = audiences.get(request.url) ?? new Map();
  audiences.set(request.url, members);
  if (text) console.log(`${request.method} ${request.url} ${text}`);
  const answer = request.method === 'GET' ? { members: [...members.values()].sort((a, b) => (a.user_id < b.user_id ? -1 : 1)) } : apply(members, JSON.parse(text || '{}'));
  response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
}).listen(port, '127.0.0.1', () => console.log(`ready http://127.0.0.1:${port}/`));
