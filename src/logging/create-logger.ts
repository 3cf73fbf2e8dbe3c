/** The server's log: JSON lines by winston, one an event, nothing of a patient in them. */
import type { Writable } from 'node:stream';
import { createLogger as createWinston, format, transports } from 'winston';
import type { Logger } from '../core/ports.ts';
import { loggable } from './loggable.ts';

export interface LogOptions {
  /** A winston npm level. */
  readonly level: string;
  readonly stream: Writable;
}

type Fields = Readonly<Record<string, unknown>>;
type Write = (message: string, fields?: Fields) => void;

/** Lines of the form `{"level","message",…fields,"time"}`. */
export function createLogger({ level, stream }: LogOptions): Logger {
  const winston = createWinston({
    level,
    format: format.printf((info) => String(info['line'])),
    transports: [new transports.Stream({ stream })],
  });
  // A level that is off costs a call and nothing else: winston itself would format first.
  const writer = (name: keyof Logger): Write => {
    if (!winston.isLevelEnabled(name)) return () => undefined;
    return (message, fields) => {
      winston.log({ level: name, message, line: formatLine(name, message, fields) });
    };
  };
  return { error: writer('error'), warn: writer('warn'), info: writer('info'), debug: writer('debug') };
}

// Level and message are set twice: first in the line, and no field can replace them.
function formatLine(level: string, message: string, fields: Fields | undefined): string {
  const own = { level, message };
  const line = Object.assign({}, own, loggable(fields ?? {}), own, { time: new Date().toISOString() });
  return JSON.stringify(line);
}
