/** What demo mode prints: a token for each role, and lines to copy and paste. */
import type { Config } from '../config/parse-config.ts';
import { demoIssuerOf } from '../serve.ts';

const PATIENT = 'ann-lee';

/** Roles that the demo hands tokens out for, and what they may like to ask. */
const ROLES = [
  'physician',
  'nurse',
  'pharmacist',
  'scheduler',
  'billing',
  'patient',
  'researcher',
  'compliance',
  'admin',
  'system',
] as const;

/** The lines, tokens included: they are good on this machine alone. */
export async function demoLines(config: Config): Promise<readonly string[]> {
  const issuer = await demoIssuerOf(config, Date.now);
  const lines: string[] = ['', 'Demo mode: synthetic data, tokens good for twelve hours on this machine. Paste:', ''];
  for (const role of ROLES) {
    const own = role === 'patient' ? { patient: PATIENT, fhirUser: `Patient/${PATIENT}` } : {};
    const token = await issuer.sign({ sub: `demo-${role}`, name: `Demo ${role}`, roles: [role], ...own });
    lines.push(`${role.toUpperCase()}=${token}`);
  }
  lines.push('');
  for (const role of ['physician', 'pharmacist', 'billing', 'patient'] as const) {
    lines.push(
      `curl -s -H "Authorization: Bearer $${role.toUpperCase()}" "${config.baseUrl}/Patient/${PATIENT}?_pretty=true"`,
    );
  }
  lines.push(
    `curl -s -H "Authorization: Bearer $COMPLIANCE" "${config.baseUrl}/AuditEvent?patient=${PATIENT}&_pretty=true"`,
    '',
  );
  return lines;
}
