/** Writes `openapi.yaml`: `node test/support/openapi/write.ts`, after a change of routes, types or answers. */
import { writeFileSync } from 'node:fs';
import { openApiText } from './text.ts';

writeFileSync(new URL('../../../openapi.yaml', import.meta.url), await openApiText());
