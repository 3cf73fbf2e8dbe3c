/** What a log line holds, and what it must not. */
import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { badRequest } from '../../../src/core/errors.ts';
import type { Logger } from '../../../src/core/ports.ts';
import { createLogger } from '../../../src/logging/create-logger.ts';

function logTo(level: string, use: (logger: Logger) => void): Record<string, unknown>[] {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk));
      done();
    },
  });
  use(createLogger({ level, stream }));
  const lines = chunks.join('').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line));
}

function errorFrom(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}

test('log: a line is JSON with level, message and the fields', () => {
  const [line] = logTo('info', (logger) => logger.info('listening', { url: 'http://127.0.0.1:8080/fhir' }));
  assert.equal(line?.['level'], 'info');
  assert.equal(line?.['message'], 'listening');
  assert.equal(line?.['url'], 'http://127.0.0.1:8080/fhir');
  assert.ok(Number.isFinite(Date.parse(String(line?.['time']))));
});

test('log: a level below the configured one writes nothing', () => {
  const use = (logger: Logger): void => {
    logger.debug('d');
    logger.info('i');
    logger.warn('w');
    logger.error('e');
  };
  assert.deepEqual(
    logTo('warn', use).map((line) => line['level']),
    ['warn', 'error'],
  );
  assert.equal(logTo('debug', use).length, 4);
});

test('log: fields cannot pose as level or message', () => {
  const [line] = logTo('info', (logger) => logger.info('real', { level: 'error', message: 'forged' }));
  assert.equal(line?.['level'], 'info');
  assert.equal(line?.['message'], 'real');
});

test('log: a library error is written without its message, here or in its stack or cause', () => {
  const cause = errorFrom(() => JSON.parse('{"family": Canarysmith}'));
  const error = new Error('Canarysmith failed', { cause });
  const [line] = logTo('info', (logger) => logger.error('failed', { error }));
  assert.doesNotMatch(JSON.stringify(line), /Canarysmith/);
  assert.match(JSON.stringify(line), /SyntaxError/);
  assert.match(JSON.stringify(line), /create-logger\.test/);
});

test('log: our own errors and the codes of the system are written', () => {
  const system = Object.assign(new Error('connect 10.0.0.1'), { code: 'ECONNREFUSED' });
  const lines = logTo('info', (logger) => {
    logger.error('one', { error: badRequest('text for the client') });
    logger.error('two', { error: system });
  });
  assert.match(JSON.stringify(lines[0]), /"message":"invalid"/);
  assert.match(JSON.stringify(lines[1]), /ECONNREFUSED/);
});

test('log: tokens, bodies, queries and long texts are cut', () => {
  const fields = {
    token: 'eyCanary',
    nested: { Authorization: 'Bearer eyCanary', query: 'eyCanary' },
    body: {},
    n: 1n,
  };
  const [line] = logTo('info', (logger) =>
    logger.info('x', { ...fields, long: 'a'.repeat(5000), bytes: Buffer.from('eyCanary') }),
  );
  assert.doesNotMatch(JSON.stringify(line), /eyCanary/);
  assert.ok(JSON.stringify(line).length < 2000);
  assert.equal(line?.['n'], '1');
});

test('log: an object that points at itself ends', () => {
  const loop: Record<string, unknown> = {};
  loop['self'] = loop;
  assert.equal(logTo('info', (logger) => logger.info('x', { loop })).length, 1);
});
