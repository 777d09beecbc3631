#!/usr/bin/env node
// Sends the requests of .http files, of each in order and all files at once, and checks what they expect. A file ends at the first answer that is another.
// node requests/run.mjs [--api URL] [--key KEY] [--receiver URL] FILE…     The options take the place of the files' own @api, @key and @receiver.
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual, parseArgs } from 'node:util';

const patience = 120_000; // ms that a request may be sent again

/** The requests of a file, and its variables: the manner of VS Code's REST Client and of Visual Studio. */
export function parse(text) {
  const variables = {};
  const requests = [];
  let request;
  let part = 'head';
  const open = (line, title) => {
    request = { line, title, expectations: [], headers: [], body: [] };
    part = 'head';
  };
  open(1, '');
  const close = () => request.method && requests.push(request);
  for (const [index, line] of [...text.split(/\r?\n/).entries()]) {
    const here = index + 1;
    const match = pattern => line.match(pattern);
    let found;
    if ((found = match(/^###\s*(.*)$/))) {
      close();
      open(here, found[1]);
    } else if (part === 'body') {
      request.body.push(line);
    } else if ((found = match(/^@(\w+)\s*=\s*(.*)$/))) {
      variables[found[1]] = found[2].trim();
    } else if ((found = match(/^(?:#|\/\/)\s*@name\s+(\w+)$/))) {
      request.name = found[1];
    } else if ((found = match(/^(?:#|\/\/)\s*(?:expect|and)\s+(.*)$/))) {
      request.expectations.push(expectation(found[1], here));
    } else if (match(/^(?:#|\/\/)/)) {
      continue;
    } else if (part === 'head' && (found = match(/^([A-Z]+)\s+(\S+)/))) {
      [request.method, request.url, request.line, part] = [found[1], found[2], here, 'headers'];
    } else if (part === 'headers' && (found = match(/^([\w-]+):\s*(.*)$/))) {
      request.headers.push([found[1], found[2]]);
    } else if (part === 'headers' && line.trim() === '') {
      part = 'body';
    } else if (line.trim() !== '') {
      throw new Error(`line ${here}: '${line}' is no part of a request`);
    }
  }
  close();
  const silent = requests.find(each => !each.expectations.some(({ status }) => status));
  if (silent) throw new Error(`line ${silent.line}: ${silent.method} ${silent.url} expects nothing. Write '# expect 200' above it`);
  return { variables, requests };
}

/** `201` · `200, again while 202` · `delivered.add = 2` · `header etag` · `status = "held", again` */
function expectation(text, line) {
  let found;
  if ((found = text.match(/^(\d{3})(?:, again while (\d{3}))?$/))) return { line, text, status: Number(found[1]), again: found[2] && Number(found[2]) };
  if ((found = text.match(/^header ([\w-]+)$/))) return { line, text, header: found[1] };
  if ((found = text.match(/^([\w.[\]$-]+) (=|contains) (.+?)(, again)?$/))) {
    return { line, text, path: found[1], contains: found[2] === 'contains', value: found[3], again: !!found[4] };
  }
  throw new Error(`line ${line}: '${text}' cannot be expected`);
}

/** `value[0].id` of a document; `$` before it means the same. */
const find = (document, path) => path.replace(/^\$\.?/, '').split(/[.[\]]+/).filter(Boolean).reduce((value, name) => value?.[name], document);

/** Puts values in the place of {{api}}, {{$guid}}, {{segment.response.body.$.id}}, {{segment.response.headers.ETag}}. */
function fill(text, variables, answers, line) {
  return text.replace(/\{\{\s*([^{}]+?)\s*\}\}/g, (whole, name) => {
    if (name === '$guid') return randomUUID();
    if (name === '$timestamp') return String(Math.floor(Date.now() / 1000));
    const [, request, part, path] = name.match(/^(\w+)\.response\.(body|headers)\.(.+)$/) ?? [];
    const value = !request ? variables[name] : part === 'headers' ? answers[request]?.headers.get(path) : find(answers[request]?.body, path);
    if (value === undefined || value === null) throw new Error(`line ${line}: {{${name}}} has no value`);
    return request ? String(value) : fill(value, variables, answers, line);
  });
}

async function send(request, variables, answers) {
  const text = part => fill(part, variables, answers, request.line);
  const body = text(request.body.join('\n')).trim();
  const response = await fetch(text(request.url), {
    method: request.method, headers: request.headers.map(([name, value]) => [name, text(value)]), body: body || undefined, redirect: 'manual',
  });
  const content = await response.text();
  const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, text: content, body: isJson && content ? JSON.parse(content) : content };
}

/** What an answer lacks; null when it is as expected. `again`: it may yet become so. */
function fault(request, answer, value) {
  for (const expected of request.expectations) {
    if (expected.status && answer.status !== expected.status) {
      return { again: answer.status === expected.again, text: `answered ${answer.status} instead of ${expected.status}` };
    }
    if (expected.header && !answer.headers.has(expected.header)) return { text: `has no header ${expected.header}` };
    if (expected.path) {
      const found = find(answer.body, expected.path);
      const wanted = JSON.parse(value(expected.value));
      if (expected.contains ? !found?.includes(wanted) : !isDeepStrictEqual(found, wanted)) {
        return { again: expected.again, text: `expects ${expected.text}, but it is ${JSON.stringify(found)}` };
      }
    }
  }
  return null;
}

/** Runs a file; throws at the first answer that is not as expected. */
export async function run(path, overrides = {}) {
  const { variables, requests } = parse(await readFile(path, 'utf8'));
  Object.assign(variables, overrides);
  const answers = {};
  for (const request of requests) {
    const until = Date.now() + patience;
    for (;;) {
      const answer = await send(request, variables, answers);
      if (request.name) answers[request.name] = answer;
      const found = fault(request, answer, text => fill(text, variables, answers, request.line));
      if (!found) break;
      if (!found.again || Date.now() > until) throw new Error(`line ${request.line}: ${request.method} ${request.url} ${found.text}\n${answer.text}`);
      await sleep(300);
    }
  }
  return requests.length;
}

if (import.meta.filename === process.argv[1]) {
  const { values, positionals } = parseArgs({ options: { api: { type: 'string' }, key: { type: 'string' }, receiver: { type: 'string' } }, allowPositionals: true });
  if (positionals.length === 0) {
    console.error('Usage: node requests/run.mjs [--api URL] [--key KEY] [--receiver URL] FILE…');
    process.exit(2);
  }
  await Promise.all(positionals.map(async path => {
    try {
      console.log(`ok  ${path}: ${await run(path, values)} requests`);
    } catch (error) {
      console.error(`${path}, ${error.message}`);
      process.exitCode = 1;
    }
  }));
}
