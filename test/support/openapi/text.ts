/** The text of `openapi.yaml` as the code and its answers are now. */

import { AUDIT_PARAMETERS } from '../../../src/audit/parse-query.ts';
import { loadRules } from '../../../src/load-rules.ts';
import { buildOpenApi } from './build.ts';
import { realAnswers } from './examples.ts';
import { toYaml } from './yaml.ts';

/** The text. */
export async function openApiText(): Promise<string> {
  const { definitions, registry } = loadRules('profiles', { enforceDemands: true });
  const examples = await realAnswers();
  const parts = { definitions, registry, version: '0.1.0', auditParameters: AUDIT_PARAMETERS, examples };
  return `# Made by test/support/openapi/write.ts from the server's own tables; a test holds it against them.\n${toYaml(buildOpenApi(parts))}`;
}
