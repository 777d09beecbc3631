// Prints the tests that failed, with the first lines of what each said: node .ci/failures.mjs tests.trx
// They go at the end of the output of .ci/run, where a log that is cut still shows them.
import { readFileSync } from 'node:fs';

const results = readFileSync(process.argv[2], 'utf8').matchAll(/<UnitTestResult ([^>]*[^/])>([\s\S]*?)<\/UnitTestResult>/g);
for (const [, attributes, body] of results) {
  if (!attributes.includes('outcome="Failed"')) {
    continue;
  }

  const [, name] = attributes.match(/testName="([^"]*)"/);
  const [, message] = body.match(/<Message>([\s\S]*?)<\/Message>/) ?? [, ''];
  console.log(`failed: ${plain(name)}\n${plain(message).split('\n').slice(0, 12).map(line => `    ${line.slice(0, 300)}`).join('\n')}`);
}

function plain(xml) {
  const letters = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
  return xml.replace(/&#x([0-9A-Fa-f]+);/g, (_, code) => String.fromCodePoint(parseInt(code, 16))).replace(/&(lt|gt|quot|apos|amp);/g, (_, name) => letters[name]).trim();
}
